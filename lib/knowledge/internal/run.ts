import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { log } from '../../log.ts'
import type { Leased } from './lease.ts'

/** Tokens that a provider counted, and what they cost. */
export type Spent = { promptTokens: number; completionTokens: number; costUsd: number }

/** One run of the ingestion of a file. */
export type Run = {
  file: Leased
  /** When it begins nothing more: the process may end soon after. */
  until: Date
  /** What it has cost so far. */
  spent: Spent
}

/** The time of a run is over; the next goes on from what it stored. */
export class OutOfTime extends Error {}

export function beginRun(file: Leased, until: Date): Run {
  return { file, until, spent: { promptTokens: 0, completionTokens: 0, costUsd: 0 } }
}

export function isOver({ until }: Run): boolean {
  return Date.now() >= until.getTime()
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
