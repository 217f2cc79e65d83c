import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { pipeline } from 'node:stream/promises'
import { isMainThread } from 'node:worker_threads'
import { environment, nodeOptions } from './confinement.ts'
import { type Ending, faultOf, LATE } from './endings.ts'
import { MAX_FILE_BYTES, MAX_TEXT_BYTES, READING_MS, TOO_LARGE } from './limits.ts'
import { oneOfFew } from './one-of-few.ts'
import { Unreadable } from './unreadable.ts'

export type DocumentFormat = 'pdf' | 'docx' | 'xlsx' | 'html'

type Pieces = AsyncIterable<Uint8Array>

/** Behind the API when both want to run, yet not starved on a busy machine. */
const NICENESS = 10
const MAX_ERROR_BYTES = 4096

const atOnce = oneOfFew(2)

/**
 * Reads a document's text in a process of its own, at most two of them at once. It has 10 seconds after the last
 * byte was handed to it, and outlives neither this call nor this process.
 * @throws Unreadable when the file is at fault
 */
export function readInProcess(format: DocumentFormat, open: () => Promise<Pieces>): Promise<string> {
  return atOnce(async () => read(format, await open()))
}

async function read(format: DocumentFormat, pieces: Pieces): Promise<string> {
  const child = start(format)
  let late = false
  const clock = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, READING_MS)
  try {
    const ending = end(child)
    const ended = await Promise.race([ending, send(pieces, child, clock).then(() => ending)])
    if (ended.code === 0) return ended.output
    throw faultOf(late ? { ...ended, signal: LATE } : ended)
  } finally {
    clearTimeout(clock)
    child.kill('SIGKILL')
  }
}

function start(format: DocumentFormat): ChildProcessWithoutNullStreams {
  const args = [...nodeOptions(), import.meta.filename, format]
  const child = spawn(process.execPath, args, { env: environment(), windowsHide: true })
  try {
    if (child.pid) setPriority(child.pid, NICENESS)
  } catch {
    // It has ended already, or may not be made humbler here.
  }
  return child
}

/**
 * Streams the file to the child. The clock starts anew with each piece: slow storage is not the file's fault.
 * @throws Unreadable when the file is too large; what the storage throws
 */
async function send(
  pieces: Pieces,
  { stdin }: ChildProcessWithoutNullStreams,
  clock: NodeJS.Timeout,
): Promise<void> {
  let fault: unknown
  async function* bounded() {
    let size = 0
    try {
      for await (const piece of pieces) {
        clock.refresh()
        size += piece.byteLength
        if (size > MAX_FILE_BYTES) throw new Unreadable(TOO_LARGE)
        yield piece
      }
    } catch (error) {
      fault = error
      throw error
    }
  }
  // A child that ends before it has read all says by its end why it did.
  await pipeline(bounded, stdin).catch(() => {})
  if (fault !== undefined) throw fault
}

async function end(child: ChildProcessWithoutNullStreams): Promise<Ending> {
  const [output, errors, [code, signal]] = await Promise.all([
    head(child.stdout, MAX_TEXT_BYTES),
    head(child.stderr, MAX_ERROR_BYTES),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  return { code, signal, output, errors }
}

/** The beginning of what is written; the rest is read and dropped. */
async function head(stream: AsyncIterable<Buffer>, most: number): Promise<string> {
  const kept: Buffer[] = []
  let size = 0
  for await (const piece of stream) {
    if (size < most) kept.push(piece.subarray(0, most - size))
    size += piece.byteLength
  }
  return Buffer.concat(kept).toString()
}

// The process runs this very file, whose name is right wherever it is compiled to; so the tracer sees the import.
if (import.meta.main && isMainThread) import('./reader/serve.ts').then(({ serve }) => serve())
