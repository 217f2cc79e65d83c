import { AFTER, BEFORE, digitsOf, endsAt, groupPrefixes, HYPHENS, SPACES } from './digits.ts'
import { loadPhoneBook, type PhoneBook } from './phone-book.ts'
import { type Span, scan } from './scan.ts'

const SEPARATOR = `[${SPACES}${HYPHENS}./]`
const GAP = `[${SPACES}${HYPHENS}./()]{0,3}`
const PREFIX = `(?:(?<!\\+)(?:\\(\\+(?=\\d{1,3}\\))|\\+ ?)|00[${SPACES}]?(?=33|\\d{1,3}[${SPACES}]))`
const INTERNATIONAL = new RegExp(`${BEFORE}${PREFIX}[1-9](?:${GAP}\\d){6,14}`, 'gu')

/** How French numbers are grouped. Dates, amounts and codes that begin with a zero are grouped otherwise. */
const LAYOUTS = [
  [2, 2, 2, 2, 2],
  [1, 3, 3, 3],
  [4, 3, 3],
  [4, 2, 2, 2],
  [2, 4, 4],
  [2, 8],
  [2, 3, 3, 2],
  [2, 2, 3, 3],
]
/** One separator throughout, which is what group 1 holds. */
const GROUPED = LAYOUTS.map(sizes => sizes.map(size => `\\d{${size}}`).join('\\1')).join('|')
const NATIONAL = new RegExp(
  `${BEFORE}(?<![#+]|\\d/)(?=0)(?:\\d{10}|(?=\\d{1,4}(${SEPARATOR}))(?:${GROUPED}))${AFTER}(?!/\\d{1,4}/)`,
  'gu',
)

/** Prefixes of one candidate that may be tried, so that hostile text stays cheap. */
const MAX_TRIES = 3

/** Phone numbers valid by Google's libphonenumber: French ones as written at home, all others with + or 00. */
export async function findPhones(text: string): Promise<Span[]> {
  if (text.search(INTERNATIONAL) === -1 && text.search(NATIONAL) === -1) return []
  const book = await loadPhoneBook()
  const international = scan(text, INTERNATIONAL, (candidate, whole, start) =>
    measureInternational(candidate, whole, start, book),
  )
  return international
}

function measureInternational(candidate: string, text: string, start: number, book: PhoneBook): number {
  const plausible = groupPrefixes(candidate).filter(
    prefix =>
      endsAt(text, start + prefix.length) && !/\D\d$/.test(prefix) && book.isPossible(normalise(prefix)),
  )
  const valid = plausible.slice(0, MAX_TRIES).find(prefix => book.isValid(normalise(prefix)))
  return valid?.length ?? 0
}

/** E.164 but for a trunk zero that is not in parentheses, which libphonenumber knows how to drop. */
function normalise(candidate: string): string {
  return `+${digitsOf(candidate.replace('(0)', '')).replace(/^00/, '')}`
}
