import { setImmediate } from 'node:timers/promises'

/** Most characters (UTF-16 units) of a passage. */
export const MAX_CHUNK_CHARS = 1_500
/** Passages repeat the end of the one before, so that what straddles a border is found. */
const OVERLAP_CHARS = 200
/** A sentence longer than a passage is cut into pieces that leave room for the overlap. */
const MAX_PIECE_CHARS = MAX_CHUNK_CHARS - OVERLAP_CHARS
/** What is cut in one go, so that other requests get their turn. */
const CHARS_AT_ONCE = 64 * 1024

/** One language for all, so that a text is cut alike wherever that happens. */
const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

type Span = { start: number; end: number }

/**
 * Cuts a text into overlapping passages on sentence borders; a longer sentence is cut at a space. No passage
 * begins or ends inside one of the spans, given in order: each is whole in some passage, or not in it at all.
 */
export async function cut(text: string, whole: readonly Span[]): Promise<string[]> {
  const passages: string[] = []
  let sentences = [0]
  let end = 0
  let paused = 0
  for (const next of borders(text, whole)) {
    const [start = 0] = sentences
    if (next - start > MAX_CHUNK_CHARS && end > start) {
      passages.push(text.slice(start, end))
      const overlap = overlapStart(text, sentences, end, MAX_CHUNK_CHARS - (next - end))
      const begins = spanAround(whole, overlap)?.end ?? overlap
      sentences = [begins, ...sentences.filter(sentence => sentence > begins)]
    }
    if (end > (sentences.at(-1) ?? 0)) sentences.push(end)
    end = next
    if (end - paused < CHARS_AT_ONCE) continue
    paused = end
    await setImmediate()
  }
  passages.push(text.slice(sentences[0], end))
  return passages.map(passage => passage.trim()).filter(passage => passage !== '')
}

/** Where sentences end, and the pieces of those that are longer than a passage. */
function* borders(text: string, whole: readonly Span[]): Generator<number> {
  let start = 0
  for (const { index, segment } of segmenter.segment(text)) {
    const end = index + segment.length
    if (spanAround(whole, end)) continue
    while (end - start > MAX_CHUNK_CHARS) {
      start = cutPoint(text, start, whole)
      yield start
    }
    start = end
    yield end
  }
}

/** After the last space that fits, else between two whole characters. */
function cutPoint(text: string, start: number, whole: readonly Span[]): number {
  const space = start + text.slice(start, start + MAX_PIECE_CHARS).lastIndexOf(' ') + 1
  const afterSpace = spanAround(whole, space)?.start ?? space
  if (afterSpace > start) return afterSpace
  const longest = start + MAX_PIECE_CHARS
  return spanAround(whole, longest)?.start ?? (splitsPair(text, longest) ? longest - 1 : longest)
}

/** The last whole sentences that fit both the overlap and the room left, or the last words of a longer one. */
function overlapStart(text: string, sentences: number[], end: number, room: number): number {
  const earliest = end - Math.min(OVERLAP_CHARS, room)
  const sentence = sentences.find(start => start >= earliest)
  if (sentence !== undefined) return sentence
  const space = text
    .slice(earliest - 1, end)
    .trimEnd()
    .indexOf(' ')
  if (space !== -1) return earliest + space
  return splitsPair(text, earliest) ? earliest + 1 : earliest
}

/** The span that a position lies inside of. */
function spanAround(spans: readonly Span[], position: number): Span | undefined {
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((spans[middle]?.end ?? 0) <= position) low = middle + 1
    else high = middle
  }
  const span = spans[low]
  return span && span.start < position ? span : undefined
}

function splitsPair(text: string, position: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(position - 1, position + 1))
}
