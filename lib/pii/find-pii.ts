import { findCards } from './internal/card.ts'
import { findEmails } from './internal/email.ts'
import { findIbans } from './internal/iban.ts'
import { findV4, findV6 } from './internal/ip.ts'
import { findNirs } from './internal/nir.ts'
import { findInternational, findNational } from './internal/phone.ts'
import { type Finder, findInWindows } from './internal/windows.ts'

export const PII_KINDS = ['email', 'phone', 'iban', 'card', 'nir', 'ip'] as const
export type PiiKind = (typeof PII_KINDS)[number]

/** Where a value is: `start` and `end` are UTF-16 offsets. */
export type PiiSpan = { kind: PiiKind; start: number; end: number }

/** `text.slice(start, end) === value`. */
export type PiiMatch = PiiSpan & { value: string }

/** The most specific first: each finder sees the text without what those before it have claimed. */
const FINDERS: readonly [PiiKind, Finder][] = [
  ['email', findEmails],
  ['iban', findIbans],
  ['nir', findNirs],
  ['card', findCards],
  ['phone', findInternational],
  ['phone', findNational],
  ['ip', findV6],
  ['ip', findV4],
]

/** Rounds of looking for what stands alone only once its neighbours are hidden. */
const MAX_ROUNDS = 4

/** All personal data found in a text, in order and without overlap, in time linear in its length. */
export async function findPii(text: string): Promise<PiiMatch[]> {
  const spans = await locatePii(text)
  return spans.map(({ kind, start, end }) => ({ kind, start, end, value: text.slice(start, end) }))
}

/** Where `findPii` finds something. A long text is read bit by bit, so that other requests get their turn. */
export async function locatePii(text: string): Promise<PiiSpan[]> {
  let spans: PiiSpan[] = []
  for (let round = 0, before = -1; round < MAX_ROUNDS && spans.length > before; round++) {
    before = spans.length
    for (const [kind, find] of FINDERS) {
      const found = await findInWindows(text, spans, find)
      if (found.length === 0) continue
      const more = found.map(({ start, end }) => ({ kind, start, end }))
      spans = spans.length === 0 ? more : [...spans, ...more].sort((a, b) => a.start - b.start)
    }
  }
  return spans
}

/** The kinds found, each once, in the order of `PII_KINDS`. */
export function kindsOf(spans: readonly PiiSpan[]): PiiKind[] {
  const found = new Set(spans.map(span => span.kind))
  return PII_KINDS.filter(kind => found.has(kind))
}
