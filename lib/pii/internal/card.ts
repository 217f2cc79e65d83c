import { BEFORE, endsAt, groupPrefixes, HYPHENS, passesLuhn, SPACES } from './digits.ts'
import { type Span, scan, type Window } from './scan.ts'

const CANDIDATE = new RegExp(`${BEFORE}[2-689]\\d{3}(?:[${SPACES}${HYPHENS}]?\\d){9,15}`, 'gu')

/** First and last prefix of an issuer, and the lengths it gives out, the likeliest first. */
type Issuer = readonly [first: number, last: number, lengths: readonly number[]]

const ISSUERS: readonly Issuer[] = [
  [4, 4, [16, 19, 13]], // Visa
  [51, 55, [16]], // Mastercard
  [2221, 2720, [16]], // Mastercard
  [34, 34, [15]], // American Express
  [37, 37, [15]], // American Express
  [300, 305, [14]], // Diners Club
  [3095, 3095, [14]], // Diners Club
  [36, 36, [14]], // Diners Club
  [38, 39, [14]], // Diners Club
  [6011, 6011, [16, 19]], // Discover
  [644, 659, [16, 19]], // Discover, RuPay
  [62, 62, [16, 19, 17, 18]], // UnionPay
  [81, 82, [16, 19, 17, 18]], // UnionPay, RuPay
  [3528, 3589, [16, 19, 17, 18]], // JCB
  [2200, 2204, [16, 19, 17, 18]], // Mir
  [9792, 9792, [16]], // Troy
  [5018, 5020, [16, 19, 18, 17, 15, 14, 13]], // Maestro
  [5038, 5038, [16, 19, 18, 17, 15, 14, 13]], // Maestro
  [5893, 5893, [16, 19, 18, 17, 15, 14, 13]], // Maestro
  [6304, 6304, [16, 19, 18, 17, 15, 14, 13]], // Maestro
  [6759, 6763, [16, 19, 18, 17, 15, 14, 13]], // Maestro
]

/** Payment card numbers of ISO/IEC 7812: a known issuer, one of its lengths, a usual grouping, and Luhn's check. */
export function findCards(text: string, window: Window): Span[] {
  return scan(text, window, CANDIDATE, measure)
}

function measure(candidate: string, text: string, start: number): number {
  const lengths = lengthsOf(candidate.slice(0, 4))
  if (lengths.length === 0) return 0
  const windows = groupPrefixes(candidate)
  for (const count of lengths) {
    const window = windows.find(({ digits }) => digits.length === count)
    if (!window || !isCard(window.digits, candidate.slice(0, window.length))) continue
    if (endsAt(text, start + window.length)) return window.length
  }
  return 0
}

function lengthsOf(prefix: string): readonly number[] {
  const issuer = ISSUERS.find(([first, last]) => {
    const digits = Number(prefix.slice(0, String(first).length))
    return digits >= first && digits <= last
  })
  return issuer?.[2] ?? []
}

function isCard(digits: string, written: string): boolean {
  return passesLuhn(digits) && isGroupedAsCard(written) && !isSiret(digits, written)
}

/** Cards come in groups of four or more but for the last; amounts and phone numbers in threes and twos. */
function isGroupedAsCard(written: string): boolean {
  const groups = written.split(/\D/)
  return groups.slice(0, -1).every(group => group.length >= 4)
}

/** INSEE's 14-digit company number ends in a Luhn digit too, as does the 9-digit SIREN it begins with. */
function isSiret(digits: string, written: string): boolean {
  return written.length === 14 && passesLuhn(digits.slice(0, 9))
}
