import { locatePii } from './find-pii.ts'
import { findPlaceholders, undecidedFrom } from './internal/placeholder.ts'
import { createRegister } from './internal/register.ts'
import { blank, type Span } from './internal/scan.ts'

/** Hides personal data for one request, whose texts share its placeholders. */
export type Masker = {
  /** The text with each value that `findPii` finds replaced by a placeholder such as `[EMAIL_1]`. */
  mask(text: string): Promise<string>
  /** The text with each placeholder of this masker replaced by its value: `unmask(await mask(text)) === text`. */
  unmask(text: string): string
  /** `unmask` for a text that comes in pieces. */
  unmaskStream(): UnmaskStream
}

/** What `push` and `flush` give, joined, is what `unmask` makes of the joined pieces. */
export type UnmaskStream = {
  /** Holds back only what may be the beginning of a placeholder, at most 20 characters. */
  push(delta: string): string
  /** What is still held back when the text is over. */
  flush(): string
}

/** Changes nothing. */
export const plainMasker: Masker = {
  mask: text => Promise.resolve(text),
  unmask: text => text,
  unmaskStream: () => ({ push: delta => delta, flush: () => '' }),
}

export function maskerFor(isOn: boolean): Masker {
  return isOn ? createMasker() : plainMasker
}

/** A masker that has hidden nothing yet. The same value, written the same way, gets the same placeholder. */
export function createMasker(): Masker {
  const register = createRegister()
  const unmask = (text: string) =>
    register.isEmpty()
      ? text
      : replace(text, findPlaceholders(text), found => register.valueOf(found.placeholder))
  return {
    async mask(text) {
      const matches = await locatePii(text)
      // From here on nothing waits, so that texts masked at once share one numbering.
      const taken = register.reserve(findPlaceholders(blank(text, matches)))
      return replace(text, inOrder([...matches, ...taken]), ({ kind, start, end }) =>
        register.placeholderFor(kind, text.slice(start, end)),
      )
    },
    unmask,
    unmaskStream: () => createStream(unmask),
  }
}

function inOrder<S extends Span>(spans: S[]): S[] {
  return spans.sort((a, b) => a.start - b.start)
}

/** The text with each of the spans, given in order, replaced; where there is no replacement it stays. */
function replace<S extends Span>(
  text: string,
  spans: readonly S[],
  replacement: (span: S) => string | undefined,
): string {
  const pieces: string[] = []
  let at = 0
  for (const span of spans) {
    pieces.push(text.slice(at, span.start), replacement(span) ?? text.slice(span.start, span.end))
    at = span.end
  }
  pieces.push(text.slice(at))
  return pieces.join('')
}

function createStream(unmask: (text: string) => string): UnmaskStream {
  let held = ''
  /** The last character passed on: it tells whether a word begins behind it. */
  let before = ''

  function pass(text: string): string {
    const passed = unmask(before + text).slice(before.length)
    before = text.at(-1) ?? before
    return passed
  }

  return {
    push(delta) {
      const text = held + delta
      const end = undecidedFrom(before + text) - before.length
      held = text.slice(end)
      return pass(text.slice(0, end))
    },
    flush() {
      const rest = pass(held)
      held = ''
      before = ''
      return rest
    },
  }
}
