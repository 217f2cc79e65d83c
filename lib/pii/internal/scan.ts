export type Span = { start: number; end: number }

/**
 * Where to look in a text: a finder gives the values that begin in it, but for an e-mail address, whose sign
 * counts; the value before ends at its beginning at the latest.
 */
export type Window = { from: number; to: number; floor: number }

/** How many characters of a candidate, from its beginning, are a hit; 0 refuses it. */
export type Measure = (candidate: string, text: string, start: number) => number

/**
 * The hits among the candidates of a global pattern. After a refusal the search goes on one character
 * later, so the pattern's length must be bounded for the whole to be linear.
 */
export function scan(text: string, { from, to, floor }: Window, pattern: RegExp, measure: Measure): Span[] {
  const spans: Span[] = []
  const search = new RegExp(pattern)
  search.lastIndex = Math.max(from, floor)
  for (let found = search.exec(text); found && found.index < to; found = search.exec(text)) {
    const start = found.index
    const length = measure(found[0], text, start)
    if (length > 0) spans.push({ start, end: start + length })
    search.lastIndex = start + Math.max(1, length)
  }
  return spans
}

/** The text with the spans, given in order, overwritten by line breaks: every offset stays as it was. */
export function blank(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text
  const pieces: string[] = []
  let at = 0
  for (const { start, end } of spans) {
    pieces.push(text.slice(at, start), '\n'.repeat(end - start))
    at = end
  }
  pieces.push(text.slice(at))
  return pieces.join('')
}
