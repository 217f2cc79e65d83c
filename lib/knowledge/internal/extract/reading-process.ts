import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { pipeline } from 'node:stream/promises'
import { isMainThread } from 'node:worker_threads'
import { Clock } from './clock.ts'
import { environment, nodeOptions } from './confinement.ts'
import { type Ending, readingFault } from './endings.ts'
import { GRACE_MS, MAX_FILE_BYTES, MAX_TEXT_BYTES, READING_MS, STALL_MS, TOO_LARGE } from './limits.ts'
import { orAborted } from './or-aborted.ts'
import { takingTurns } from './turns.ts'
import { Unreadable } from './unreadable.ts'

export type DocumentFormat = 'pdf' | 'docx' | 'xlsx' | 'html'

type Pieces = AsyncIterable<Uint8Array>
type Reading = { owner: string | null; signal: AbortSignal | undefined }

const MAX_ERROR_BYTES = 4096
const STALLED = 'the storage gave nothing of the file for half a minute'

const inTurn = takingTurns(2)

/**
 * Reads a document's text in a process of its own, at most two of them at once. It has 10 seconds after the last
 * byte was handed to it, and outlives neither this call nor this process.
 * @throws Unreadable when the file is at fault; the signal's reason when it is aborted, also while waiting
 */
export function readInProcess(
  format: DocumentFormat,
  open: () => Promise<Pieces>,
  { owner, signal }: Reading,
): Promise<string> {
  const work = inTurn(owner, async () => {
    signal?.throwIfAborted()
    return read(format, await open(), signal)
  })
  return orAborted(work, signal)
}

async function read(
  format: DocumentFormat,
  pieces: Pieces,
  signal: AbortSignal | undefined,
): Promise<string> {
  const child = start(format)
  const clock = new Clock()
  const stop = signal ? AbortSignal.any([clock.signal, signal]) : clock.signal
  try {
    const ending = end(child)
    const work = Promise.race([ending, send(pieces, child, clock).then(() => ending)])
    const ended = await orAborted(work, stop)
    if (ended.code === 0) return ended.output
    throw readingFault(ended)
  } finally {
    clock.stop()
    child.kill('SIGKILL')
  }
}

/** Requests go first; one that got no time for that is tried again. */
const NICENESS = 10

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
 * Streams the file to the child, whose time begins with the last byte: slow storage is not the file's fault. The
 * clock goes off when the storage stalls, or when the child is past its time and cannot even tell.
 * @throws Unreadable when the file is too large; what the storage throws
 */
async function send(pieces: Pieces, { stdin }: ChildProcessWithoutNullStreams, clock: Clock): Promise<void> {
  let fault: unknown
  async function* bounded() {
    let size = 0
    clock.await(STALL_MS, STALLED)
    try {
      for await (const piece of pieces) {
        clock.await(STALL_MS, STALLED)
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
  await pipeline(bounded, stdin, { signal: clock.signal }).catch(() => {})
  if (fault !== undefined) throw fault
  if (!clock.signal.aborted) clock.await(READING_MS + GRACE_MS, 'the reading process did not end')
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
