import { log } from '../log.ts'
import { findPii, kindsOf } from '../pii/find-pii.ts'
import { cut } from './internal/cut.ts'
import { extractText } from './internal/extract/extract-text.ts'
import { faultOf } from './internal/ingest-fault.ts'
import {
  finishFailed,
  finishReady,
  handBack,
  type Leased,
  LeaseLost,
  putOff,
  takeLease,
  whileRenewing,
} from './internal/lease.ts'
import { storePassages } from './internal/passages.ts'
import { beginRun, isOver, OutOfTime, type Run, recordSpent } from './internal/run.ts'
import { storageOf } from './internal/storage/storage.ts'
import { summarise } from './internal/summarise.ts'

/** What became of a file: `later` when it was put off; null when there was nothing to do or another run has it. */
export type Ingested = 'ready' | 'failed' | 'later' | null

/** A function may run for 300 s; a call to a provider that has begun must end within it. */
const TIME_TO_BEGIN_MS = 200_000
/** Runs in a row that get no further, be it that their process ended, before a file is given up. */
const MAX_ATTEMPTS = 5
/** After the first of them; four times as long after each other. */
const PUT_OFF_MS = 30_000

/**
 * Reads, cuts and embeds a file that is `processing`, which ends `ready` or `failed` with a reason. Idempotent:
 * one run at a time holds the file's lease, and a later one goes on where an earlier one ended. Begins nothing
 * after `until`, and what may heal with time is tried again: the file stays `processing` then.
 */
export async function ingestFile(
  fileId: string,
  clerkId: string | null,
  { until }: { until?: Date } = {},
): Promise<Ingested> {
  const file = await takeLease(fileId, clerkId)
  if (!file) return null
  const run = beginRun(file, until ?? new Date(Date.now() + TIME_TO_BEGIN_MS))
  try {
    return await whileRenewing(file, () => settle(run))
  } catch (error) {
    if (error instanceof LeaseLost) return null
    throw error
  }
}

async function settle(run: Run): Promise<Ingested> {
  const { file } = run
  try {
    if (file.attempts > MAX_ATTEMPTS) throw new Error('no run outlived its process')
    await ingest(run)
    return 'ready'
  } catch (error) {
    if (error instanceof LeaseLost) throw error
    if (!(error instanceof OutOfTime)) return await fail(run, error)
    await handBack(file)
    return 'later'
  } finally {
    await recordSpent(run)
  }
}

async function ingest(run: Run): Promise<void> {
  const { file } = run
  const text = await textOf(file)
  const piiFound = kindsOf(await findPii(text))
  const passages = cut(text)
  const embedding = await storePassages(run, passages)
  if (isOver(run)) throw new OutOfTime()
  const hasText = passages.length > 0
  const summary = hasText && piiFound.length === 0 ? await summarise(run, text) : null
  await finishReady(file, { embedded: hasText, embedding, piiFound, summary })
}

async function textOf({ mimeType, size, storageProvider, storagePath }: Leased): Promise<string> {
  const open = async () => (await storageOf(storageProvider)).read(storagePath, null)
  return extractText({ mimeType, size, open })
}

async function fail({ file }: Run, error: unknown): Promise<Ingested> {
  const { fileId, attempts } = file
  const { reason, isLasting } = faultOf(error)
  log().warn({ err: error, fileId, attempts }, 'a file could not be ingested')
  if (isLasting || attempts >= MAX_ATTEMPTS) {
    await finishFailed(file, reason)
    return 'failed'
  }
  await putOff(file, new Date(Date.now() + PUT_OFF_MS * 4 ** Math.max(0, attempts - 1)))
  return 'later'
}
