import { AppError } from '../../errors.ts'
import { Unreadable } from './extract/extract-text.ts'

/** What to tell the owner, and after how many runs in a row that got no further a file is given up. */
export type IngestFault = { reason: string; attempts: number }

/** What another run would fail of just the same. */
const LASTING = 0
/** A provider that refuses may have been set up wrongly for a moment. */
const REFUSED = 2
/** What may heal with time. */
export const MAX_ATTEMPTS = 5

/** Client errors by which a provider asks to come again: timeout, conflict, too early, too many requests. */
const COME_AGAIN: readonly unknown[] = [408, 409, 425, 429]

const OURS = 'The file could not be processed because of a fault on our side.'

/** What a run failed of, told without anything internal. */
export function faultOf(error: unknown): IngestFault {
  if (error instanceof Unreadable) return { reason: error.message, attempts: LASTING }
  if (!(error instanceof AppError)) return { reason: OURS, attempts: MAX_ATTEMPTS }
  switch (error.code) {
    case 'not_configured':
      return {
        reason: 'This deployment lacks a setting that processing the file needs.',
        attempts: LASTING,
      }
    case 'not_found':
      return { reason: 'The bytes of this file are gone.', attempts: LASTING }
    case 'unavailable':
      return {
        reason: 'The file storage could not be reached, though it was tried several times.',
        attempts: MAX_ATTEMPTS,
      }
    case 'provider_error':
    case 'provider_timeout':
      if (isRefusal(error)) return { reason: 'The AI provider refuses to embed the text.', attempts: REFUSED }
      return {
        reason: 'The AI provider could not embed the text, though it was asked several times.',
        attempts: MAX_ATTEMPTS,
      }
    default:
      return { reason: OURS, attempts: MAX_ATTEMPTS }
  }
}

/** Whether the provider answered that the request itself is wrong. */
function isRefusal({ cause }: AppError): boolean {
  const { status } = (cause ?? {}) as { status?: unknown }
  return typeof status === 'number' && status >= 400 && status < 500 && !COME_AGAIN.includes(status)
}
