import { AFTER, BEFORE, endsAt, groupPrefixes, HYPHENS, type Prefix, SPACES } from './digits.ts'
import { openPhoneBook, type PhoneBook } from './phone-book.ts'
import { type Span, scan, type Window } from './scan.ts'

const GAP = `[${SPACES}${HYPHENS}./()]{0,3}`
const PREFIX = `(?<!\\+)(?:\\(\\+(?=\\d{1,3}\\))|\\+ ?|00[${SPACES}]?(?=33|\\d{1,3}[${SPACES}]))`
const INTERNATIONAL = new RegExp(`${BEFORE}${PREFIX}[1-9](?:${GAP}\\d){6,14}`, 'gu')

/** How French numbers are grouped. Dates, amounts and codes that begin with a zero are grouped otherwise. */
const LAYOUTS = [
  [2, 2, 2, 2, 2],
  [2, 2, 3, 3],
  [2, 3, 3, 2],
  [2, 4, 4],
  [2, 8],
  [4, 2, 2, 2],
  [4, 3, 3],
]
const SEPARATOR = `[${SPACES}${HYPHENS}.]`
const GROUPED = LAYOUTS.map(sizes => sizes.map(size => `\\d{${size}}`).join('\\k<gap>'))
const FREEPHONE = '0\\k<gap>8\\d{2}(?:(?:\\k<gap>\\d{3}){2}|(?:\\k<gap>\\d{2}){3})'
const BRACKETED = `\\(0\\d\\)[${SPACES}]?\\d{2}(?:[${SPACES}${HYPHENS}.]?\\d{2}){3}`
const SLASHED = '(?<!\\d/)\\d{2}(?:/\\d{2}){4}(?!/)'
const NATIONAL = new RegExp(
  `${BEFORE}(?<![#+])(?=\\(?0)` +
    `(?:${BRACKETED}|\\d{10}|${SLASHED}|(?=\\d{1,4}(?<gap>${SEPARATOR}))(?:${GROUPED.join('|')}|${FREEPHONE}))${AFTER}`,
  'gu',
)

/** A single digit after a gap belongs to the sentence: "+33 1 42 68 53 00 2 fois". */
const LONE_DIGIT = /\D\d$/

/** Lengths of one international candidate that are put to libphonenumber, so that hostile text stays cheap. */
const MAX_TRIES = 2

/** Phone numbers of any country with + or 00 that Google's libphonenumber finds valid. */
export async function findInternational(text: string, window: Window): Promise<Span[]> {
  if (text.search(INTERNATIONAL) === -1) return []
  const book = await openPhoneBook()
  return scan(text, window, INTERNATIONAL, (candidate, whole, start) => {
    const possible = groupPrefixes(candidate).filter(
      prefix =>
        book.isPossible(toE164(prefix)) &&
        !LONE_DIGIT.test(candidate.slice(0, prefix.length)) &&
        endsAt(whole, start + prefix.length),
    )
    return longestValid(possible, book)
  })
}

/** French phone numbers as they are written in France that libphonenumber finds valid. */
export async function findNational(text: string, window: Window): Promise<Span[]> {
  if (text.search(NATIONAL) === -1) return []
  const book = await openPhoneBook()
  return scan(text, window, NATIONAL, candidate =>
    book.isValid(`+33${candidate.replace(/\D/g, '').slice(1)}`) ? candidate.length : 0,
  )
}

function longestValid(prefixes: readonly Prefix[], book: PhoneBook): number {
  return prefixes.slice(0, MAX_TRIES).find(prefix => book.isValid(toE164(prefix)))?.length ?? 0
}

function toE164({ digits }: Prefix): string {
  return `+${digits.startsWith('00') ? digits.slice(2) : digits}`
}
