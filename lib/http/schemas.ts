import { z } from 'zod'

/** Wire form of an object id: 24 hex digits. */
export const id = z
  .string()
  .regex(/^[0-9a-f]{24}$/, 'must be 24 lower-case hex digits')
  .meta({ description: 'Object id', examples: ['507f1f77bcf86cd799439011'] })

/** A moment, ISO 8601 in UTC on the wire. */
export const timestamp = z
  .date()
  .meta({ override: { type: 'string', format: 'date-time' }, examples: ['2026-01-09T12:00:00.000Z'] })

/** A date or a moment in a query. */
export const instant = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform(text => new Date(text))
  .meta({ description: 'A date (its midnight in UTC) or a date and time' })

const EMAIL = /^[^\s@"<>(),;:\\[\]]{1,64}@(?:[^\s@"<>(),;:\\[\].]{1,63}\.)+[^\s@"<>(),;:\\[\].]{2,63}$/u
const CONTROL = /\p{C}/u

/** An e-mail address as it is stored: trimmed, in lower case. Letters need not be ASCII. */
export const emailAddress = z
  .string()
  .trim()
  .toLowerCase()
  .normalize('NFC')
  .pipe(z.email({ pattern: EMAIL, error: 'is not an e-mail address' }).max(254))
  .refine(address => !CONTROL.test(address), 'is not an e-mail address')

/** A text that must not be empty. */
export const requiredText = (max: number) => z.string().trim().min(1).max(max)

/** A text that may be left out, null or empty, which is all the same. */
export const optionalText = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .nullish()
    .transform(text => text || null)

/** Query parameters of every list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20).meta({ description: 'How many items at most' }),
  cursor: z.string().max(200).optional().meta({ description: 'The nextCursor of the page before' }),
})

/** The wire shape of every list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() })
}
