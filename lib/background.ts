import { waitUntil } from '@vercel/functions'
import { log } from './log.ts'

const pending = new Set<Promise<void>>()

/**
 * Carries work past the response. On Vercel the instance stays awake for it; elsewhere `drain()` waits for
 * it before the process ends. A failure is logged, never thrown.
 */
export function inBackground(name: string, work: Promise<unknown>): void {
  const settled: Promise<void> = work
    .then(() => undefined)
    .catch(error => log().error({ err: error, work: name }, 'background work failed'))
    .finally(() => pending.delete(settled))
  pending.add(settled)
  waitUntil(settled)
}

/** Resolves when no background work is left, including work that background work started. */
export async function drain(): Promise<void> {
  while (pending.size > 0) await Promise.all(pending)
}
