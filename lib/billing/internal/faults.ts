import { prettifyError, ZodError } from 'zod'
import { isDatabaseAway, isDuplicateKey } from '../../db/faults.ts'
import { AppError } from '../../errors.ts'

/** Messages can hold a whole payload; this much of one tells what is wrong. */
const MAX_MESSAGE_LENGTH = 2_000

/** Whether an event failed for a reason of its own, so that another delivery of it would fail as well. */
export function isOwnFault(error: unknown): boolean {
  return !isDatabaseAway(error) && !isDuplicateKey(error) && !(error instanceof AppError)
}

/** What is kept of an error. */
export function messageOf(error: unknown): string {
  const message =
    error instanceof ZodError ? prettifyError(error) : error instanceof Error ? error.message : String(error)
  return message.slice(0, MAX_MESSAGE_LENGTH)
}
