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

/** Of a text that is trimmed: more than white space. */
const SOMETHING = '\\S'

const EMAIL = /^[^\s@"<>(),;:\\[\]]{1,64}@(?:[^\s@"<>(),;:\\[\].]{1,63}\.)+[^\s@"<>(),;:\\[\].]{2,63}$/u
const CONTROL = /\p{C}/u

/** An e-mail address as it is stored: trimmed, in lower case. Letters need not be ASCII. */
export const emailAddress = z
  .string()
  .trim()
  .toLowerCase()
  .normalize('NFC')
  .pipe(z.email({ pattern: EMAIL, error: 'is not an e-mail address', abort: true }).max(254))
  .refine(address => !CONTROL.test(address), 'is not an e-mail address')
  .meta({ override: { type: 'string', format: 'idn-email', maxLength: 254 } })

/** A text that must not be empty. */
export const requiredText = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .meta({ override: { pattern: SOMETHING } })

/** A text that may be left out, null or empty, which is all the same. */
export const optionalText = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .nullish()
    .transform(text => text || null)

/** A body that has one of these fields and no other of them. */
export function withOneOf<S extends z.ZodObject>(schema: S, ...names: [string, string]) {
  const message = `Send either \`${names[0]}\` or \`${names[1]}\``
  const isGiven = (fields: Record<string, unknown>) => names.filter(name => fields[name] !== undefined)
  return schema
    .refine(fields => isGiven(fields).length === 1, { path: [names[0]], message })
    .meta({ override: { oneOf: names.map(name => ({ required: [name] })) } })
}

/** A body that has at least one field: it says what to change. */
export function withChange<S extends z.ZodObject>(schema: S, message: string) {
  return schema
    .refine(fields => Object.values(fields).some(value => value !== undefined), message)
    .meta({ override: { minProperties: 1 } })
}

/** Query parameters of every list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20).meta({ description: 'How many items at most' }),
  cursor: z.string().max(200).optional().meta({ description: 'The nextCursor of the page before' }),
})

/** The wire shape of every list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() })
}
