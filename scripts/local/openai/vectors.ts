import { isStopWord, wordsOf } from './words.ts'

const positionsPerWord = 4
const stopWordWeight = 0.05

/** A unit vector of the text's words: texts that share words are near. The same text, the same vector. */
export function embed(text: string, dimensions: number): Float32Array {
  const counts = new Map<string, number>()
  for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  if (counts.size === 0) counts.set(text, 1)

  const vector = new Float64Array(dimensions)
  for (const [word, count] of counts) {
    const weight = (isStopWord(word) ? stopWordWeight : 1) * (1 + Math.log(count))
    for (let seed = 0; seed < positionsPerWord; seed += 1) {
      const hash = hashWord(word, seed)
      const position = (hash >>> 1) % dimensions
      vector[position] = (vector[position] ?? 0) + (hash & 1 ? weight : -weight)
    }
  }
  return normalised(vector)
}

function normalised(vector: Float64Array): Float32Array {
  const length = Math.hypot(...vector)
  // All positions of a tiny vector can cancel out.
  if (length === 0) return new Float32Array(vector.length).fill(1 / Math.sqrt(vector.length))
  return Float32Array.from(vector, value => value / length)
}

// FNV-1a, then murmur's finaliser: FNV alone leaves the lowest bit (our sign) too regular.
function hashWord(word: string, seed: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed + 1, 0x9e3779b1)
  for (let index = 0; index < word.length; index += 1) {
    hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
