import { once } from 'node:events'
import { setPriority } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { LATE } from '../endings.ts'
import { MAX_RESIDENT_BYTES, READING_MS } from '../limits.ts'

/** An honest document seldom takes more computing; one that does gives way to whatever else wants to run. */
const HONEST_CPU_MICROSECONDS = 2_000_000
const LOWEST_PRIORITY = 19
const WATCHDOG = 'watchdog'
const SAMPLE_MS = 25
/** The parent looks at its clock first; this one is for a parent that cannot. */
const GRACE_MS = 2_000

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
    if (!gaveWay && process.cpuUsage().user > HONEST_CPU_MICROSECONDS) {
      gaveWay = true
      setPriority(process.pid, LOWEST_PRIORITY)
    }
  }, SAMPLE_MS)
  parentPort?.once('message', () => setTimeout(() => process.kill(process.pid, LATE), READING_MS + GRACE_MS))
  parentPort?.postMessage('watching')
}

if (!isMainThread && workerData === WATCHDOG) watch()
