import type { Contestant } from '../../lib/contestant.ts'

/** Also tells what one of those measured took of the contestant's own CPU time. */
export async function withCpu<F extends { perSecond: number }>(
  { cpuMs }: Contestant,
  measure: () => Promise<F>,
): Promise<F & { cpuMs: number }> {
  const [begun, before] = [performance.now(), await cpuMs()]
  const figures = await measure()
  const seconds = (performance.now() - begun) / 1_000
  return { ...figures, cpuMs: ((await cpuMs()) - before) / (figures.perSecond * seconds) }
}
