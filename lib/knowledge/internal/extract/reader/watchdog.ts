import { once } from 'node:events'
import { setPriority } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { STARVED, TOO_MUCH_CPU } from '../endings.ts'
import { MAX_RESIDENT_BYTES, READING_CPU_MS, READING_MS } from '../limits.ts'

/** An honest document seldom takes more computing; one that does lets others go first. */
const HONEST_CPU_MS = 2_000
/** Enough that requests hardly notice, and not so much that a busy machine starves the reader. */
const HUMBLER = 19
const WATCHDOG = 'watchdog'
const SAMPLE_MS = 25

/**
 * Starts a thread that ends this process when its memory, buffers included, passes the limit, when its parent is
 * gone, or when it reads for too long. It does so while the main thread is busy, as a parser keeps it.
 * Resolves when it watches, to a function that starts the clock.
 */
export async function startWatchdog(): Promise<() => void> {
  const worker = new Worker(import.meta.filename, { workerData: WATCHDOG })
  await once(worker, 'message')
  worker.unref()
  return () => worker.postMessage('reading')
}

function watch(): void {
  const parent = process.ppid
  let gaveWay = false
  setInterval(() => {
    if (process.ppid !== parent || process.memoryUsage.rss() > MAX_RESIDENT_BYTES)
      process.kill(process.pid, 'SIGKILL')
    if (gaveWay || computedMs() < HONEST_CPU_MS) return
    gaveWay = true
    setPriority(process.pid, HUMBLER)
  }, SAMPLE_MS)
  parentPort?.once('message', startClock)
  parentPort?.postMessage('watching')
}

function startClock(): void {
  const before = computedMs()
  setTimeout(() => process.kill(process.pid, verdict(computedMs() - before)), READING_MS)
}

/** What to end a process with whose time is over. */
export function verdict(cpuMs: number): NodeJS.Signals {
  return cpuMs < READING_CPU_MS ? STARVED : TOO_MUCH_CPU
}

function computedMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

if (!isMainThread && workerData === WATCHDOG) watch()
