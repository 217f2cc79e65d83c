import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MongoInstance } from 'mongodb-memory-server-core'
import { DataInUse, launchMongod, PortInUse, REPLICA_SET } from './instance.ts'
import { freePort } from './ports.ts'
import { isAlive, makeOwnedFolder } from './processes.ts'
import { becomePrimary } from './replica-set.ts'
import { type MongodBinary, type Progress, resolveMongod } from './resolve.ts'
import { scratchFolder } from './scratch.ts'

export type StartOptions = {
  dataDir?: string
  databaseName: string
  /** Opens a way to mongod's port, by whose host and port everybody is to know it; called before it is set up. */
  reachedBy?: (port: number) => Promise<string>
  onProgress?: Progress
}

export type RunningMongo = { uri: string; binary: MongodBinary; stop(): Promise<void> }

/**
 * Starts a one-node replica set on loopback that accepts writes, and refuses queries without an index. Data in
 * `dataDir` persist, and one process at a time may use them; without it they are gone after `stop`. It ends
 * when this process dies, however that happens, but not by the terminal's Ctrl+C: call `stop`.
 */
export async function startMongo(options: StartOptions): Promise<RunningMongo> {
  const { dataDir, databaseName, onProgress = () => {} } = options
  const binary = await resolveMongod({ onProgress })
  const folder = dataDir ?? (await makeOwnedFolder(await scratchFolder(), 'workflowai-mongo'))
  const discard = async () => {
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true })
  }
  let mongod: MongoInstance | undefined
  const stop = async () => {
    await mongod?.stop()
    await discard()
  }
  try {
    const launched = await launchIn(folder, binary, onProgress)
    mongod = launched.mongod
    const host = (await options.reachedBy?.(launched.port)) ?? `127.0.0.1:${launched.port}`
    await becomePrimary(launched.port, onProgress, host)
    const uri = `mongodb://${host}/${databaseName}?replicaSet=${REPLICA_SET}`
    return { uri, binary, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Launched = { mongod: MongoInstance; port: number }

// A mongod whose process was killed ends within about 3 s, so a quick restart waits for it.
const ORPHAN_MS = 8_000
// A process that was killed this moment may look alive a little longer.
const DYING_MS = 1_000
const WAITING = 'Waiting for the database of the last run to end'

async function launchIn(folder: string, binary: MongodBinary, onProgress: Progress): Promise<Launched> {
  const dbPath = join(folder, 'db')
  await mkdir(dbPath, { recursive: true })
  const lastRun = await readLastRun(folder)
  const begun = Date.now()
  const mayEnd = () => {
    const patienceMs = !lastRun ? 0 : isAlive(lastRun.owner) ? DYING_MS : ORPHAN_MS
    return Date.now() < begun + patienceMs
  }
  // Before its port is free: another one would do, but nobody could go on with the address they know.
  while (mayEnd() && (await isHeld(dbPath))) {
    onProgress(WAITING)
    await sleep(500)
  }
  for (let portTries = 0; ; ) {
    const port = await freePort(lastRun?.port)
    try {
      const mongod = await launchMongod(binary, dbPath, port)
      await writeFile(runFile(folder), JSON.stringify({ port, owner: process.pid }))
      return { mongod, port }
    } catch (error) {
      if (error instanceof PortInUse && portTries++ < 3) continue
      if (!(error instanceof DataInUse)) throw error
      if (!mayEnd()) {
        const owner = lastRun ? ` (process ${lastRun.owner})` : ''
        throw new DataInUse(`${folder} is in use by another running server${owner}: stop that one first.`)
      }
      onProgress(WAITING)
      await sleep(500)
    }
  }
}

/** Whether a mongod that is alive wrote itself down as the one that has these data. */
async function isHeld(dbPath: string): Promise<boolean> {
  const pid = Number(await readFile(join(dbPath, 'mongod.lock'), 'utf8').catch(() => ''))
  return pid > 0 && isAlive(pid)
}

type LastRun = { port: number; owner: number }

const runFile = (folder: string) => join(folder, 'last-run.json')

async function readLastRun(folder: string): Promise<LastRun | undefined> {
  const text = await readFile(runFile(folder), 'utf8').catch(() => '')
  const match = /^\{"port":(\d+),"owner":(\d+)\}$/.exec(text)
  return match ? { port: Number(match[1]), owner: Number(match[2]) } : undefined
}
