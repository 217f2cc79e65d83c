import { setImmediate } from 'node:timers/promises'
import { blank, type Span, type Window } from './scan.ts'

/** Finds one kind of value where a window says. The text around the window is there to be looked at. */
export type Finder = (text: string, window: Window) => Span[] | Promise<Span[]>

/** What is read in one go, so that other requests get their turn: some 10 ms of hostile text. */
const WINDOW_CHARS = 64 * 1024
/** No value is so long, together with what a finder looks at around it. */
const REACH_CHARS = 1024

/** What a finder finds in a text without what is claimed already: the same as of the whole text in one go. */
export async function findInWindows(text: string, claimed: readonly Span[], find: Finder): Promise<Span[]> {
  const found: Span[] = []
  let passed = 0
  for (let from = 0; from < text.length; from += WINDOW_CHARS) {
    if (from > 0) await setImmediate()
    const begin = Math.max(0, from - REACH_CHARS)
    const end = Math.min(text.length, from + WINDOW_CHARS + REACH_CHARS)
    while ((claimed[passed]?.end ?? end) <= begin) passed++
    const view = blank(text.slice(begin, end), within(claimed, passed, begin, end))
    const floor = Math.max(0, (found.at(-1)?.end ?? 0) - begin)
    const spans = await find(view, { from: from - begin, to: from - begin + WINDOW_CHARS, floor })
    for (const span of spans) found.push({ start: span.start + begin, end: span.end + begin })
  }
  return found
}

/** The spans from position `first` on that lie in a part of the text, counted from its beginning. */
function within(spans: readonly Span[], first: number, begin: number, end: number): Span[] {
  const inside: Span[] = []
  for (let i = first; i < spans.length; i++) {
    const span = spans[i]
    if (!span || span.start >= end) break
    inside.push({ start: Math.max(span.start, begin) - begin, end: Math.min(span.end, end) - begin })
  }
  return inside
}
