import { BEFORE, endsAt, HYPHENS, SPACES } from './digits.ts'
import { IBAN_STRUCTURES } from './iban-structures.ts'
import { type Span, scan, type Window } from './scan.ts'

const CANDIDATE = new RegExp(
  `(?:${BEFORE}|(?<=IBAN))[A-Z]{2}[${SPACES}]?\\d{2}(?:[${SPACES}${HYPHENS}.]?[A-Z\\d]){11,30}`,
  'giu',
)

/** IBANs of ISO 13616: a known country, its length and structure, and the check digits of ISO 7064 MOD 97-10. */
export function findIbans(text: string, window: Window): Span[] {
  return scan(text, window, CANDIDATE, measure)
}

function measure(candidate: string, text: string, start: number): number {
  const structure = IBAN_STRUCTURES.get(candidate.slice(0, 2).toUpperCase())
  if (!structure) return 0
  const length = lengthOf(candidate, structure.length)
  if (length === 0 || !endsAt(text, start + length)) return 0
  const iban = compact(candidate.slice(0, length))
  return structure.pattern.test(iban) && passesMod97(iban) ? length : 0
}

/** How far the first `count` letters and digits reach; 0 when there are fewer. */
function lengthOf(candidate: string, count: number): number {
  let seen = 0
  for (let i = 0; i < candidate.length; i++) {
    if (/[A-Z\d]/i.test(candidate.charAt(i))) seen++
    if (seen === count) return i + 1
  }
  return 0
}

function compact(text: string): string {
  return text.replace(/[^A-Z\d]/gi, '').toUpperCase()
}

function passesMod97(iban: string): boolean {
  let remainder = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}
