import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { MongoClient } from 'mongodb'
import { onTestFinished } from 'vitest'
import { isAlive } from '../../../scripts/mongo/processes.ts'
import { startMongo } from '../../../scripts/mongo/start.ts'

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mongo-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A running database that ends with the test, unless the test ends it. */
export async function running(dataDir?: string) {
  const mongo = await startMongo({ databaseName: 'shop', ...(dataDir === undefined ? {} : { dataDir }) })
  onTestFinished(() => mongo.stop())
  return mongo
}

export async function withClient<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 3_000 })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

export const insert = (uri: string, name: string) =>
  withClient(uri, client => client.db().collection('items').insertOne({ name }))

export const names = (uri: string) =>
  withClient(uri, async client => {
    const items = await client.db().collection('items').find().sort({ _id: 1 }).toArray()
    return items.map(item => item.name)
  })

export const pidOf = (uri: string) =>
  withClient(uri, async client => Number((await client.db('admin').command({ serverStatus: 1 })).pid))

export const mongodPid = async (folder: string) =>
  Number(await readFile(join(folder, 'db/mongod.lock'), 'utf8'))

export async function untilDead(pid: number, milliseconds: number): Promise<void> {
  for (const end = Date.now() + milliseconds; isAlive(pid); await sleep(50)) {
    if (Date.now() > end) throw new Error(`process ${pid} is still alive after ${milliseconds} ms`)
  }
}

/** Another process that holds a database, in a process group of its own as a terminal's command has. */
export async function holder(dataDir?: string): Promise<{ child: ChildProcess; pid: number; uri: string }> {
  const fixture = fileURLToPath(new URL('./holder.ts', import.meta.url))
  const args = dataDir === undefined ? [fixture] : [fixture, dataDir]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  for await (const uri of createInterface(child.stdout)) return { child, pid: child.pid ?? 0, uri }
  throw new Error('the holder ended without an address')
}

export const portOf = (uri: string) => Number(new URL(uri).port)

/** Another program on `port` until the test finishes. */
export async function occupy(port: number, onConnection: Parameters<typeof createServer>[1]) {
  const server = createServer({}, onConnection).listen(port, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  return server
}
