/** The spaces and hyphens that separate groups of digits; PDF and Word text is full of the unbreakable ones. */
export const SPACES = ' \\u00a0\\u2007\\u2009\\u202f'
export const HYPHENS = '\\-\\u2010\\u2011\\u2013'

/** Where a number may begin: not inside a word, a longer number, a decimal or a dashed identifier. */
export const BEFORE = '(?<![\\p{L}\\p{N}_]|[\\p{L}\\p{N}]-|\\p{N}\\.)'
/** Where a number may end, by the same rule. */
export const AFTER = '(?![\\p{L}\\p{N}_]|-[\\p{L}\\p{N}]|\\.\\p{N})'

const ENDS_HERE = new RegExp(AFTER, 'yu')

export function endsAt(text: string, end: number): boolean {
  ENDS_HERE.lastIndex = end
  return ENDS_HERE.test(text)
}

export type Prefix = { length: number; digits: string }

/** A short run of digit groups, then that run without its last group, and so on to its first group. */
export function groupPrefixes(candidate: string): Prefix[] {
  const prefixes: Prefix[] = []
  let digits = ''
  for (let i = 0; i < candidate.length; i++) {
    if (!isDigit(candidate, i)) continue
    digits += candidate.charAt(i)
    if (!isDigit(candidate, i + 1)) prefixes.push({ length: i + 1, digits })
  }
  return prefixes.reverse()
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

/** The check digit of ISO/IEC 7812-1 annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    const weighted = i % 2 === 0 ? digit : digit * 2
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}
