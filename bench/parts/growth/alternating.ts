import { median } from '../../lib/figures.ts'

const WARM = 4
/** What looks slower than promised is asked so many times as often before that is believed. */
const DOUBTS = 4

/**
 * Medians of two that are timed in turn, each time in the other order; the first few times are not counted. If the
 * other then seems to take more than `bound` times as long, they go on, and all times count.
 */
export async function alternating(
  one: () => Promise<number>,
  other: () => Promise<number>,
  { times, bound }: { times: number; bound: number },
): Promise<[number, number]> {
  const ones: number[] = []
  const others: number[] = []
  const isDoubted = () => median(others) > bound * median(ones)
  let end = times
  for (let time = -WARM; time < end; time++) {
    const first = time % 2 === 0 ? await one() : null
    const second = await other()
    const timed = first ?? (await one())
    if (time < 0) continue
    ones.push(timed)
    others.push(second)
    if (time === times - 1 && isDoubted()) end = DOUBTS * times
  }
  return [median(ones), median(others)]
}
