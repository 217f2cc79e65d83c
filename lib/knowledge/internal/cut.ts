/** Most characters (UTF-16 units) of a passage. */
export const MAX_CHUNK_CHARS = 1_500
/** Passages repeat the end of the one before, so that what straddles a border is found. */
const OVERLAP_CHARS = 200
/** A sentence longer than a passage is cut into pieces that leave room for the overlap. */
const MAX_PIECE_CHARS = MAX_CHUNK_CHARS - OVERLAP_CHARS

const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' })

/** Cuts a text into overlapping passages on sentence borders; a longer sentence is cut at a space. */
export function cut(text: string): string[] {
  const chunks: string[] = []
  let sentences: string[] = []
  let length = 0
  for (const sentence of sentencesOf(text)) {
    if (length + sentence.length > MAX_CHUNK_CHARS && length > 0) {
      chunks.push(sentences.join(''))
      sentences = overlapOf(sentences, MAX_CHUNK_CHARS - sentence.length)
      length = sentences.reduce((sum, part) => sum + part.length, 0)
    }
    sentences.push(sentence)
    length += sentence.length
  }
  chunks.push(sentences.join(''))
  return chunks.map(chunk => chunk.trim()).filter(chunk => chunk !== '')
}

function* sentencesOf(text: string): Generator<string> {
  for (const { segment } of segmenter.segment(text)) {
    let rest = segment
    while (rest.length > MAX_CHUNK_CHARS) {
      const end = cutPoint(rest)
      yield rest.slice(0, end)
      rest = rest.slice(end)
    }
    yield rest
  }
}

/** After the last space that fits, else between two whole characters. */
function cutPoint(text: string): number {
  const space = text.lastIndexOf(' ', MAX_PIECE_CHARS - 1)
  if (space > 0) return space + 1
  return splitsPair(text, MAX_PIECE_CHARS) ? MAX_PIECE_CHARS - 1 : MAX_PIECE_CHARS
}

/** The last whole sentences that fit both the overlap and the room left, or the last words of a longer one. */
function overlapOf(sentences: string[], room: number): string[] {
  const budget = Math.min(OVERLAP_CHARS, room)
  const kept: string[] = []
  let length = 0
  for (const sentence of sentences.toReversed()) {
    length += sentence.length
    if (length > budget) break
    kept.unshift(sentence)
  }
  return kept.length > 0 ? kept : [lastWords(sentences.at(-1) ?? '', budget)]
}

function lastWords(sentence: string, budget: number): string {
  const start = sentence.length - budget
  const space = sentence.indexOf(' ', start - 1)
  if (space !== -1 && space < sentence.trimEnd().length) return sentence.slice(space + 1)
  return sentence.slice(splitsPair(sentence, start) ? start + 1 : start)
}

function splitsPair(text: string, position: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(position - 1, position + 1))
}
