import { addAbortSignal } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import { log } from '../log.ts'
import { kindsOf, locatePii } from '../pii/find-pii.ts'
import { cut } from './internal/cut.ts'
import { extractText, Unreadable } from './internal/extract/extract-text.ts'
import { faultOf, MAX_ATTEMPTS } from './internal/ingest-fault.ts'
import {
  finishFailed,
  finishReady,
  handBack,
  LeaseLost,
  putOff,
  takeLease,
  whileRenewing,
} from './internal/lease.ts'
import { storePassages } from './internal/passages.ts'
import {
  attemptsOf,
  beginRun,
  endOfRun,
  mustHaveTime,
  OutOfTime,
  type Run,
  recordSpent,
  timeLeft,
} from './internal/run.ts'
import { storageOf } from './internal/storage/storage.ts'
import { summarise } from './internal/summarise.ts'

/** What became of a file: `later` when it was put off; null when there was nothing to do or another run has it. */
export type Ingested = 'ready' | 'failed' | 'later' | null

/** Before a first run tries again itself: most hiccups of a provider are over by then. */
const PAUSE_MS = 5_000
/** After the first run that failed; four times as long after each other. */
const PUT_OFF_MS = 30_000

/**
 * Reads, cuts and embeds a file that is `processing`, which ends `ready` or `failed` with a reason. Idempotent:
 * one run at a time holds the file's lease, and a later one goes on where an earlier one ended. Begins nothing
 * after `until`, and what may heal with time is tried again: the file stays `processing` then.
 */
export async function ingestFile(
  fileId: string,
  clerkId: string | null,
  { until = endOfRun() }: { until?: Date } = {},
): Promise<Ingested> {
  const file = await takeLease(fileId, clerkId)
  if (!file) return null
  const run = beginRun(file, until)
  try {
    return await whileRenewing(file, () => settle(run))
  } catch (error) {
    if (error instanceof LeaseLost) return null
    throw error
  }
}

async function settle(run: Run): Promise<Ingested> {
  try {
    if (run.file.attempts > MAX_ATTEMPTS) throw new Error('no run got any further')
    await ingestPatiently(run)
    return 'ready'
  } catch (error) {
    if (error instanceof LeaseLost) throw error
    if (!(error instanceof OutOfTime)) return await fail(run, error)
    await handBack(run.file, attemptsOf(run))
    return 'later'
  } finally {
    await recordSpent(run)
  }
}

/** Tries a second time after a pause, if it is the first run and time suffices. */
async function ingestPatiently(run: Run): Promise<void> {
  try {
    await ingest(run)
  } catch (error) {
    if (run.file.attempts > 1 || !mayHeal(error) || timeLeft(run) <= PAUSE_MS) throw error
    log().warn({ err: error, fileId: run.file.fileId }, 'a file is ingested again after a pause')
    await sleep(PAUSE_MS)
    await ingest(run)
  }
}

function mayHeal(error: unknown): boolean {
  if (error instanceof LeaseLost || error instanceof OutOfTime) return false
  return faultOf(error).attempts === MAX_ATTEMPTS
}

async function ingest(run: Run): Promise<void> {
  mustHaveTime(run)
  const text = await textOf(run)
  const personal = await locatePii(text)
  const piiFound = kindsOf(personal)
  const passages = await cut(text, personal)
  const embedding = await storePassages(run, passages)
  mustHaveTime(run)
  const hasText = passages.length > 0
  const summary = hasText && piiFound.length === 0 ? await summarise(run, text) : null
  await finishReady(run.file, { embedded: hasText, embedding, piiFound, summary })
}

/** Slow storage is waited for until the run's time is over. */
async function textOf(run: Run): Promise<string> {
  const { mimeType, size, storageProvider, storagePath, uploadedBy, clerkId } = run.file
  if (storagePath === null) throw new AppError('not_found', 'The bytes of this file are gone.')
  run.hasRead = true
  const over = AbortSignal.timeout(timeLeft(run))
  const open = async () =>
    addAbortSignal(over, await (await storageOf(storageProvider)).read(storagePath, null))
  try {
    return await extractText({ mimeType, size, owner: uploadedBy ?? clerkId, open }, over)
  } catch (error) {
    throw over.aborted && !(error instanceof Unreadable) ? new OutOfTime() : error
  }
}

async function fail(run: Run, error: unknown): Promise<Ingested> {
  const { file } = run
  const fault = faultOf(error)
  const attempts = attemptsOf(run)
  log().warn({ err: error, fileId: file.fileId, attempts }, 'a file could not be ingested')
  if (attempts >= fault.attempts) {
    await finishFailed(file, fault.reason)
    return 'failed'
  }
  await putOff(file, new Date(Date.now() + PUT_OFF_MS * 4 ** Math.max(0, attempts - 1)))
  return 'later'
}
