import { AsyncResource } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { refusedIn } from './faults.ts'

/** Reads what belongs to each of these keys by one command; gives what tells that of one of them. */
type ReadMany<V, K> = (keys: K[]) => Promise<(key: K) => V>
type Waiting<V, K> = Map<K, PromiseWithResolvers<V>>

/** Most keys that one command asks for. */
const MAX_KEYS = 100
/** The next read does not wait longer than this for one that hangs, say on a connection that died. */
const PATIENCE_MS = 250

/**
 * Lets look-ups of the same moment share a command: those that come while a read is under way wait for the next
 * one. What a look-up is told was read after it was asked for, so nothing that was stored before is missed. A read
 * that fails fails for those alone who wait for it.
 * @throws what `readMany` throws, or what it gave throws for this key
 */
export function gathered<V, K = string>(readMany: ReadMany<V, K>): (key: K) => Promise<V> {
  const waiting: Waiting<V, K> = new Map()
  let isReading = false
  let first = new AsyncResource('gathered')

  async function readAll(): Promise<void> {
    isReading = true
    do {
      // So that requests which arrived at once are all there.
      await turn()
      const asked = takeSome(waiting)
      await withPatience(first.runInAsyncScope(answer<V, K>, null, asked, readMany))
    } while (waiting.size > 0)
    isReading = false
  }

  return key => {
    // Whoever waited for the last read is gone: what a platform ties to a request is tied to one that waits.
    if (waiting.size === 0) first = new AsyncResource('gathered')
    const asked = waiting.get(key) ?? Promise.withResolvers<V>()
    waiting.set(key, asked)
    if (!isReading) readAll()
    return asked.promise
  }
}

/**
 * Lets writes of the same moment share an unordered batch; tells of each whether it took place, or a unique index
 * refused it.
 * @throws what `writeMany` throws otherwise
 */
export function gatheredWrites<W>(
  writeMany: (writes: W[]) => Promise<unknown>,
): (write: W) => Promise<boolean> {
  return gathered<boolean, W>(async writes => {
    const refused = await writeMany(writes).then(() => new Set<number>(), refusedIn)
    return write => !refused.has(writes.indexOf(write))
  })
}

function takeSome<V, K>(waiting: Waiting<V, K>): Waiting<V, K> {
  const taken = new Map([...waiting].slice(0, MAX_KEYS))
  for (const key of taken.keys()) waiting.delete(key)
  return taken
}

async function answer<V, K>(asked: Waiting<V, K>, readMany: ReadMany<V, K>): Promise<void> {
  try {
    const tellOf = await readMany([...asked.keys()])
    for (const [key, { resolve }] of asked) resolve(new Promise(tell => tell(tellOf(key))))
  } catch (error) {
    for (const { reject } of asked.values()) reject(error)
  }
}

/** Resolves when the work has ended, or takes too long. */
function withPatience(work: Promise<void>): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, PATIENCE_MS)
    work.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
