import { findCards } from './internal/card.ts'
import { findEmails } from './internal/email.ts'
import { findIbans } from './internal/iban.ts'
import { findIps } from './internal/ip.ts'
import { findNirs } from './internal/nir.ts'
import { findPhones } from './internal/phone.ts'
import { blank, type Span } from './internal/scan.ts'

export const PII_KINDS = ['email', 'phone', 'iban', 'card', 'nir', 'ip'] as const
export type PiiKind = (typeof PII_KINDS)[number]

/** `start` and `end` are UTF-16 offsets: `text.slice(start, end) === value`. */
export type PiiMatch = { kind: PiiKind; start: number; end: number; value: string }

/** The most specific first: each finder sees the text without what those before it have claimed. */
const FINDERS: readonly [PiiKind, (text: string) => Span[] | Promise<Span[]>][] = [
  ['email', findEmails],
  ['iban', findIbans],
  ['nir', findNirs],
  ['card', findCards],
  ['phone', findPhones],
  ['ip', findIps],
]

/** All personal data found in a text, in order and without overlap, in time linear in its length. */
export async function findPii(text: string): Promise<PiiMatch[]> {
  const matches: PiiMatch[] = []
  let unclaimed = text
  for (const [kind, find] of FINDERS) {
    const spans = await find(unclaimed)
    for (const { start, end } of spans) matches.push({ kind, start, end, value: text.slice(start, end) })
    unclaimed = blank(unclaimed, spans)
  }
  return matches.sort((a, b) => a.start - b.start)
}

/** The kinds found, each once, in the order of `PII_KINDS`. */
export function kindsOf(matches: readonly PiiMatch[]): PiiKind[] {
  const found = new Set(matches.map(match => match.kind))
  return PII_KINDS.filter(kind => found.has(kind))
}
