import { z } from 'zod'
import type { FieldError } from '../errors.ts'
import { NO_FORM_FITS, plainMessage } from './plain-message.ts'

type Issue = z.core.$ZodIssue

/** Every schema of the process speaks so, those that nouns parse with themselves included. */
z.config({ customError: plainMessage })

/** The fields that an issue is about and what is wrong with each, in words for people. */
export function fieldErrors(issue: Issue): FieldError[] {
  return told(issue).map(({ path, message }) =>
    path === '' && isPredicate(message) ? { path, message: `The body ${message}` } : { path, message },
  )
}

function told(issue: Issue): FieldError[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({ path: pathOf(issue, key), message: 'Unknown field' }))
  if (issue.code === 'invalid_union' && issue.message === NO_FORM_FITS)
    return ofUnion(issue.errors).map(({ path, message }) => ({ path: pathOf(issue, path), message }))
  return [{ path: pathOf(issue), message: issue.message }]
}

/**
 * A value of the kind that one form is of has the faults of that form, the least of them if several are; any
 * other should have been one of these kinds.
 */
function ofUnion(forms: readonly Issue[][]): FieldError[] {
  const meant = forms.filter(issues => !issues.some(isOfOtherKind)).map(issues => issues.flatMap(told))
  const within = meant.filter(errors => errors.some(({ path }) => path !== ''))
  const nearest = within.toSorted((a, b) => a.length - b.length)[0]
  if (nearest) return nearest
  const whole = meant.length > 0 ? meant : forms.map(issues => issues.flatMap(told))
  return [{ path: '', message: either(whole.flatMap(errors => errors[0]?.message ?? [])) }]
}

function isOfOtherKind({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
}

const MUST_BE = 'must be '

function either(messages: string[]): string {
  const [first = NO_FORM_FITS, ...others] = new Set(messages)
  const all = [first, ...others]
  if (!all.every(message => message.startsWith(MUST_BE))) return others.length > 0 ? NO_FORM_FITS : first
  return MUST_BE + all.map(message => message.slice(MUST_BE.length)).join(' or ')
}

/** Longer than any field of ours; a body's own names can be as long as the body. */
const MAX_PATH_CHARS = 200

function pathOf({ path }: Issue, last = ''): string {
  const whole = [...path.map(String), ...(last ? [last] : [])].join('.')
  return whole.length > MAX_PATH_CHARS ? `${whole.slice(0, MAX_PATH_CHARS).toWellFormed()}…` : whole
}

function isPredicate(message: string): boolean {
  return /^(must|is|has) /.test(message)
}
