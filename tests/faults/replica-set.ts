import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Document, MongoClient } from 'mongodb'
import { freePort } from '../../scripts/mongo/ports.ts'
import { makeOwnedFolder } from '../../scripts/mongo/processes.ts'
import { resolveMongod } from '../../scripts/mongo/resolve.ts'
import { scratchFolder } from '../../scripts/mongo/scratch.ts'

const NAME = 'faults'
const READY_MS = 60_000
const { resolve } = createRequire(import.meta.url)
/** Ends a process when another one has died. */
const KILLER = join(resolve('mongodb-memory-server-core/package.json'), '..', 'scripts', 'mongo_killer.js')

export type ReplicaSetOptions = {
  databaseName: string
  /** For how long the others miss a primary before they elect another one. */
  electionTimeoutMs?: number
  /** Of mongod, beside what the development server has. */
  parameters?: string[]
}

export type Member = {
  host: string
  /** Ends it without warning. */
  kill(): Promise<void>
  /** Starts it again, with the data it had. */
  restart(): Promise<void>
  /** Asks this very member. */
  command(command: Document): Promise<Document>
}

export type ReplicaSet = Awaited<ReturnType<typeof startReplicaSet>>

/**
 * Three mongods in one replica set on loopback, each in a process group of its own, which refuse queries without
 * an index. They end with `stop`, or when this process dies; their data go with them.
 */
export async function startReplicaSet({
  databaseName,
  electionTimeoutMs = 6_000,
  parameters = [],
}: ReplicaSetOptions) {
  const { path } = await resolveMongod()
  const folder = await makeOwnedFolder(await scratchFolder(), 'workflowai-replica-set')
  const ports = await freePorts(3)
  const nodes = ports.map(port => makeMember({ path, folder, port, parameters }))
  const stop = async () => {
    await Promise.all(nodes.map(node => node.kill()))
    await rm(folder, { recursive: true, force: true })
  }
  const members: Member[] = nodes
  try {
    await Promise.all(nodes.map(node => node.restart()))
    await initiate(nodes, electionTimeoutMs)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    uri: `mongodb://${members.map(({ host }) => host).join(',')}/${databaseName}?replicaSet=${NAME}`,
    members,
    /** Whichever of them takes writes, once there is one. */
    primary: () => waitFor('a primary', () => primaryOf(members)),
    /** Resolves when all of them serve, and have what the primary has. */
    whole: () => waitFor('all members', () => isWhole(members)),
    stop,
  }
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}

type Place = { path: string; folder: string; port: number; parameters: string[] }

function makeMember({ path, folder, port, parameters }: Place): Member {
  const host = `127.0.0.1:${port}`
  const dbPath = join(folder, String(port))
  const settings = ['notablescan=1', 'diagnosticDataCollectionEnabled=false', ...parameters]
  const args = [
    ...['--port', String(port), '--bind_ip', '127.0.0.1', '--dbpath', dbPath, '--replSet', NAME],
    ...['--quiet', '--nounixsocket', '--oplogSize', '128', '--wiredTigerCacheSizeGB', '0.25'],
    ...settings.flatMap(setting => ['--setParameter', setting]),
  ]
  let mongod: ChildProcess | undefined
  const command = (asked: Document) => ask(host, asked)
  return {
    host,
    command,
    async kill() {
      const running = mongod
      mongod = undefined
      if (!running || running.exitCode !== null) return
      const ended = once(running, 'exit')
      running.kill('SIGKILL')
      await ended
    },
    async restart() {
      await mkdir(dbPath, { recursive: true })
      mongod = spawn(path, args, { detached: true, stdio: 'ignore' })
      const watch = fork(KILLER, [process.pid, mongod.pid ?? 0].map(String), {
        detached: true,
        stdio: 'ignore',
      })
      watch.unref()
      watch.channel?.unref()
      await waitFor(`the member ${host}`, () => command({ ping: 1 }))
    },
  }
}

async function ask(host: string, command: Document): Promise<Document> {
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`, {
    serverSelectionTimeoutMS: 1_000,
  })
  try {
    return await client.db('admin').command(command)
  } finally {
    await client.close()
  }
}

async function initiate([first, ...others]: Member[], electionTimeoutMillis: number): Promise<void> {
  if (!first) throw new Error('a replica set has members')
  const members = [first, ...others].map(({ host }, _id) => ({ _id, host }))
  const settings = { electionTimeoutMillis, heartbeatIntervalMillis: 500 }
  await first.command({ replSetInitiate: { _id: NAME, members, settings } })
  await waitFor('all members', () => isWhole([first, ...others]))
}

async function primaryOf(members: readonly Member[]): Promise<Member | undefined> {
  const answers = await Promise.all(members.map(member => member.command({ hello: 1 }).catch(() => null)))
  return members.find((_, index) => answers[index]?.isWritablePrimary)
}

async function isWhole(members: readonly Member[]): Promise<boolean> {
  const primary = await primaryOf(members)
  const status = await primary?.command({ replSetGetStatus: 1 })
  const states = (status?.members ?? []).map(({ stateStr }: Document) => stateStr)
  return states.toSorted().join() === 'PRIMARY,SECONDARY,SECONDARY'
}

/** @throws Error when it does not come about */
async function waitFor<T>(what: string, look: () => Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + READY_MS
  while (Date.now() < deadline) {
    const found = await look().catch(() => null)
    if (found) return found
    await sleep(100)
  }
  throw new Error(`there is not ${what} after ${READY_MS / 1_000} s`)
}
