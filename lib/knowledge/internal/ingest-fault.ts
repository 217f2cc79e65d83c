import { AppError } from '../../errors.ts'
import { Unreadable } from './extract/extract-text.ts'

/** What to tell the owner, and whether another run would end the same way. */
export type IngestFault = { reason: string; isLasting: boolean }

const OURS = 'The file could not be processed because of a fault on our side.'

/** What a run failed of, told without anything internal. */
export function faultOf(error: unknown): IngestFault {
  if (error instanceof Unreadable) return { reason: error.message, isLasting: true }
  if (!(error instanceof AppError)) return { reason: OURS, isLasting: false }
  switch (error.code) {
    case 'not_configured':
      return { reason: 'This deployment lacks a setting that processing the file needs.', isLasting: true }
    case 'provider_error':
    case 'provider_timeout':
      return {
        reason: 'The AI provider could not embed the text, though it was asked several times.',
        isLasting: false,
      }
    default:
      return { reason: OURS, isLasting: false }
  }
}
