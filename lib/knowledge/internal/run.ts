import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { config } from '../../config.ts'
import { log } from '../../log.ts'
import { GRACE_MS, READING_MS } from './extract/limits.ts'
import type { Leased } from './lease.ts'

/** Tokens that a provider counted, and what they cost. */
export type Spent = { promptTokens: number; completionTokens: number; costUsd: number }

/** One run of the ingestion of a file. */
export type Run = {
  /** The file as it was when the run began. */
  file: Leased
  /** When it begins nothing more: the process may end soon after. */
  until: Date
  /** What it has cost so far. */
  spent: Spent
  /** Whether it has read of the file. */
  hasRead: boolean
  /** Whether it has stored what no run before it did. */
  gotFurther: boolean
}

/** The time of a run is over; the next goes on from what it stored. */
export class OutOfTime extends Error {}

/** Vercel ends a function after 300 s; the rest is for what surrounds the run. */
const FUNCTION_MS = 290_000
const LEAST_MS = 10_000

/**
 * When a run of this moment begins nothing more: reading a document or a call to a provider that it begins last
 * must end within the time of a function.
 */
export function endOfRun(): Date {
  const timeToBegin = FUNCTION_MS - config().AI_TIMEOUT_MS - READING_MS - GRACE_MS
  return new Date(Date.now() + Math.max(LEAST_MS, timeToBegin))
}

export function beginRun(file: Leased, until: Date): Run {
  const spent = { promptTokens: 0, completionTokens: 0, costUsd: 0 }
  return { file, until, spent, hasRead: false, gotFurther: false }
}

export function timeLeft({ until }: Pick<Run, 'until'>): number {
  return Math.max(0, until.getTime() - Date.now())
}

/** @throws OutOfTime */
export function mustHaveTime(run: Run): void {
  if (timeLeft(run) === 0) throw new OutOfTime()
}

/**
 * Runs in a row that got no further, this one included. One that has not even read does not count: that was
 * for want of time.
 */
export function attemptsOf({ file, hasRead, gotFurther }: Run): number {
  if (gotFurther) return 0
  return hasRead ? file.attempts : file.attempts - 1
}

export function spend(
  { spent }: Pick<Run, 'spent'>,
  { promptTokens, completionTokens, costUsd }: Spent,
): void {
  spent.promptTokens += promptTokens
  spent.completionTokens += completionTokens
  spent.costUsd += costUsd
}

/** Notes with the file what a run cost, also one that failed; that it could not be noted fails nothing. */
export async function recordSpent({ file, spent }: Run): Promise<void> {
  const { promptTokens, completionTokens, costUsd } = spent
  if (promptTokens + completionTokens === 0) return
  const { fileId: _id, clerkId } = file
  const more = {
    'usage.promptTokens': promptTokens,
    'usage.completionTokens': completionTokens,
    'usage.costUsd': costUsd,
  }
  await KnowledgeFile.updateOne({ _id, clerkId }, { $inc: more }).catch(error =>
    log().warn({ err: error, fileId: file.fileId }, 'what a file cost could not be noted'),
  )
}
