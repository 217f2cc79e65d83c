import type { z } from 'zod'

type Issue = z.core.$ZodRawIssue

/** What a union’s own fault is called until one of its forms is found to be meant. */
export const NO_FORM_FITS = 'has none of the allowed forms'

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  file: 'a file',
  null: 'null',
}

const FORMATS: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  url: 'a web address',
  uuid: 'a UUID',
  date: 'a date such as 2026-01-09',
  datetime: 'a date and time with its offset, such as 2026-01-09T12:00:00Z',
}

/** Says what a value must be, to be read after the name of its field. Undefined where zod’s own words do. */
export function plainMessage(issue: Issue): string | undefined {
  if (issue.code === 'custom' || issue.code === 'unrecognized_keys') return undefined
  if (issue.input === undefined) return 'is required'
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return isWrittenBoolean(issue) ? 'must be true or false' : oneOf(issue.values)
    case 'invalid_format':
      return `must be ${FORMATS[issue.format] ?? 'in the right format'}`
    case 'too_small':
      return bound('at least', issue.minimum, issue)
    case 'too_big':
      return bound('at most', issue.maximum, issue)
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_union':
      return noFormOf(issue)
    case 'invalid_key':
      return 'must not have this name'
    default:
      return undefined
  }
}

/** Of `z.stringbool()`, whose values are a list of spellings. */
function isWrittenBoolean(issue: object): boolean {
  return 'expected' in issue && issue.expected === 'stringbool'
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.map(value => (typeof value === 'string' ? value : JSON.stringify(value)))
  return shown.length === 1 ? `must be ${shown[0]}` : `must be one of: ${shown.join(', ')}`
}

/** A union told apart by one field blames that field. */
function noFormOf({ discriminator, options, input }: Issue & { code: 'invalid_union' }): string {
  if (discriminator === undefined || !Array.isArray(options)) return NO_FORM_FITS
  const named = (input as Record<string, unknown> | null)?.[discriminator]
  return named === undefined ? 'is required' : oneOf(options)
}

type Bounded = Issue & { code: 'too_small' | 'too_big' }
const COUNTED: Readonly<Record<string, string>> = {
  string: 'character',
  array: 'item',
  set: 'item',
  file: 'byte',
}

function bound(words: 'at least' | 'at most', limit: number | bigint, { origin, inclusive, exact }: Bounded) {
  const counted = COUNTED[origin]
  if (counted)
    return `must have ${exact ? 'exactly' : words} ${limit} ${counted}${Number(limit) === 1 ? '' : 's'}`
  if (inclusive !== false) return `must be ${words} ${limit}`
  return `must be ${words === 'at least' ? 'more' : 'less'} than ${limit}`
}
