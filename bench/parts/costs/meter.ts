import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from 'mongodb'

/** What MongoDB was asked for: commands by name, and the bytes of all that was sent to it and answered by it. */
export type Counts = { commands: Map<string, number>; bytesIn: number; bytesOut: number }

/** Commands that drivers watch a server with, and this one. */
const WATCHING = ['hello', 'isMaster', 'ping', 'serverStatus', 'endSessions']
/** What is stored after an answer is stored by then. */
const SETTLE_MS = 1_500
const IDLE_MS = 3_000

type Status = {
  metrics: { commands: Record<string, { total?: number }> }
  network: { bytesIn: number; bytesOut: number }
}

/** Counts on the server itself. What it counts for being read, and while nothing is asked of it, is taken off. */
export async function openMeter(db: Db): Promise<(work: () => Promise<unknown>) => Promise<Counts>> {
  const reading = await counted(db, async () => {})
  const idle = await counted(db, () => sleep(IDLE_MS))
  return async work => {
    const { commands, ...all } = await counted(db, async () => {
      await work()
      await sleep(SETTLE_MS)
    })
    const share = (all.ms - reading.ms) / (idle.ms - reading.ms)
    const caused = (name: 'bytesIn' | 'bytesOut') =>
      all[name] - reading[name] - (idle[name] - reading[name]) * share
    return { commands, bytesIn: caused('bytesIn'), bytesOut: caused('bytesOut') }
  }
}

async function counted(db: Db, work: () => Promise<unknown>): Promise<Counts & { ms: number }> {
  const [before, start] = [await read(db), performance.now()]
  await work()
  const [after, ms] = [await read(db), performance.now() - start]
  const commands = Object.entries(after.metrics.commands).map(([name, { total = 0 }]) => {
    return [name, total - (before.metrics.commands[name]?.total ?? 0)] as const
  })
  return {
    commands: new Map(commands.filter(([name, count]) => count > 0 && !WATCHING.includes(name))),
    bytesIn: after.network.bytesIn - before.network.bytesIn,
    bytesOut: after.network.bytesOut - before.network.bytesOut,
    ms,
  }
}

async function read(db: Db): Promise<Status> {
  return (await db.admin().command({ serverStatus: 1 })) as Status
}
