/** Most characters (UTF-16 units) of a passage. */
export const MAX_CHUNK_CHARS = 1_500
/** Passages repeat the end of the one before, so that what straddles a border is found. */
const OVERLAP_CHARS = 200

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
  const space = text.lastIndexOf(' ', MAX_CHUNK_CHARS - 1)
  if (space > 0) return space + 1
  const splitsPair = /[\uD800-\uDBFF]/.test(text[MAX_CHUNK_CHARS - 1] ?? '')
  return splitsPair ? MAX_CHUNK_CHARS - 1 : MAX_CHUNK_CHARS
}

/** The last whole sentences that fit both the overlap and the room left in the next passage. */
function overlapOf(sentences: string[], room: number): string[] {
  const kept: string[] = []
  let length = 0
  for (const sentence of sentences.toReversed()) {
    length += sentence.length
    if (length > Math.min(OVERLAP_CHARS, room)) break
    kept.unshift(sentence)
  }
  return kept
}
