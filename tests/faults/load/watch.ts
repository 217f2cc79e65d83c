import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'

const EVERY_MS = 500
const KIB = 1024
const MIB = 1024 * 1024

export type Seen = {
  /** Resident memory of the process, in MiB. */
  memory: number[]
  /** Connections of the process to its database. */
  connections: number[]
}

/** Looks at a process again and again, until it is told to stop. `appName` is what it calls itself to its database. */
export function watchProcess(pid: number, appName: string) {
  const seen: Seen = { memory: [], connections: [] }
  const stopped = new AbortController()
  const client = new MongoClient(process.env.MONGODB_URI ?? '')
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      seen.memory.push((await residentBytes(pid)) / MIB)
      seen.connections.push(await countConnections(client, appName))
      await sleep(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => {})
    }
  })()
  // Told by `stop`.
  watching.catch(() => {})
  return {
    async stop(): Promise<Seen> {
      stopped.abort()
      await watching.finally(() => client.close())
      return seen
    },
  }
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * KIB
}

async function countConnections(client: MongoClient, appName: string): Promise<number> {
  const all = { $currentOp: { allUsers: true, idleConnections: true } }
  const own = { $match: { appName } }
  const ids = await client
    .db('admin')
    .aggregate([all, own, { $group: { _id: '$connectionId' } }])
    .toArray()
  return ids.length
}
