import { PII_KINDS, type PiiKind } from '../find-pii.ts'
import type { Span } from './scan.ts'

/** What stands for a value in a text that leaves. */
export function placeholderOf(kind: PiiKind, number: number | string): string {
  return `[${kind.toUpperCase()}_${number}]`
}

const OPEN = '\\['
const CLOSE = '\\]'
const BACKSLASH = '\\\\'

/** `EMAIL_1` or, as Markdown escapes it, `EMAIL\_1`; in the pieces that a stream may end between. */
const NAMES = PII_KINDS.map(kind => [...kind.toUpperCase(), `${BACKSLASH}?`, '_', '[1-9]', '\\d{0,6}'])
const NAME = `(${NAMES.map(pieces => pieces.join('')).join('|')})`

/** How a model may write one: as it was given, in another case, escaped, or in capitals without its brackets. */
const ESCAPED = anyCase(`${BACKSLASH}${OPEN}${NAME}${BACKSLASH}${CLOSE}`)
const BRACKETED = anyCase(`${OPEN}${NAME}${CLOSE}`)
const BARE = `(?<!\\w)${NAME}(?!\\w)`
const WRITTEN = new RegExp(`${ESCAPED}|${BRACKETED}|${BARE}`, 'g')

/** The end of a text that what follows may make one of these. */
const BEGUN = new RegExp(
  `(?:${anyCase(`${begun([BACKSLASH, OPEN], [BACKSLASH])}|${begun([OPEN])}`)}|(?<!\\w)${begun()})$`,
)
/** More than `BEGUN` matches, with the character before. */
const TAIL = 24

export type Written = Span & { kind: PiiKind; placeholder: string }

/** Everything in a text that reads as a placeholder, in order. */
export function findPlaceholders(text: string): Written[] {
  return Array.from(text.matchAll(WRITTEN), match => {
    const [written, escaped, bracketed, bare] = match
    const [name = '', number = ''] = (escaped ?? bracketed ?? bare ?? '')
      .replace('\\', '')
      .toLowerCase()
      .split('_')
    const kind = name as PiiKind
    return {
      start: match.index,
      end: match.index + written.length,
      kind,
      placeholder: placeholderOf(kind, number),
    }
  })
}

/** Where the end of a text begins that may yet become a placeholder; its length when nothing may. */
export function undecidedFrom(text: string): number {
  const tail = text.slice(-TAIL)
  const begins = tail.search(BEGUN)
  return begins === -1 ? text.length : text.length - tail.length + begins
}

/**
 * The pattern, its capitals in either case. Not by `(?i:…)`: in a process that has compiled very many patterns V8
 * was seen to lose it.
 */
function anyCase(pattern: string): string {
  return pattern.replace(/[A-Z]/g, letter => `[${letter}${letter.toLowerCase()}]`)
}

/** Matches every beginning of a name between these pieces. */
function begun(before: string[] = [], after: string[] = []): string {
  const wholes = NAMES.map(name => [...before, ...name, ...after])
  const nested = wholes.map(pieces => pieces.reduceRight((rest, piece) => `${piece}(?:${rest})?`))
  return `(?:${nested.join('|')})`
}
