import { config } from '../config.ts'
import { type Masker, maskerFor } from '../pii/mask.ts'

/** Hides personal data in the texts of one request when PII_MASKING is on. */
export function newMasker(): Masker {
  return maskerFor(config().PII_MASKING === 'on')
}
