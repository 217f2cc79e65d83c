import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../../scripts/local/http.ts'
import { MISBEHAVIOURS, type Misbehaviour } from '../../scripts/local/openai/misbehaviour.ts'

export type Fault = Misbehaviour | 'slow'

const SLOW_MS = 1_000

/** Stands before an outside service and answers in its place what a test asks it to, as bad as it may be. */
export async function startFront(target: string) {
  const faults = new Map<string, Fault>()
  let asked = 0
  const server = await listen(async request => {
    const { pathname, search } = new URL(request.url)
    const body = request.method === 'GET' ? null : await request.text()
    const word = [...faults.keys()].find(one => `${decodeURIComponent(pathname)} ${body}`.includes(one))
    const fault = word === undefined ? undefined : faults.get(word)
    asked += 1
    if (fault === 'slow') await sleep(SLOW_MS)
    else if (fault) return MISBEHAVIOURS[fault]()
    const headers = new Headers(request.headers)
    headers.delete('content-length')
    return fetch(target + pathname + search, { method: request.method, headers, body })
  })
  return {
    url: server.url,
    close: server.close,
    asked: () => asked,
    /** From now on a request that names this, wherever, is answered so. */
    misbehaveFor: (word: string, fault: Fault) => void faults.set(word, fault),
  }
}
