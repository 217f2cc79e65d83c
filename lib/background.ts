import { waitUntil } from '@vercel/functions'
import { log } from './log.ts'

/**
 * Carries work past the response: the platform (or the local server, which plays its part) keeps the process
 * alive until it is done. A failure is logged, never thrown.
 */
export function inBackground(name: string, work: Promise<unknown>): void {
  waitUntil(work.catch(error => log().error({ err: error, work: name }, 'background work failed')))
}

const underWay = new Set<string>()

/** As `inBackground`, unless this instance is at work of the same name `about` the same already. */
export function inBackgroundOnce(name: string, work: () => Promise<unknown>, about = ''): void {
  const one = `${name} ${about}`
  if (underWay.has(one)) return
  underWay.add(one)
  inBackground(
    name,
    work().finally(() => underWay.delete(one)),
  )
}
