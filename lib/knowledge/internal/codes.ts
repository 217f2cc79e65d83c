import { EMBEDDING_DIMENSIONS } from '../../ai/embed.ts'
import { rotated } from './rotation.ts'

/**
 * A code tells a passage's id (12 bytes) and its unit vector in an eighth of the bytes: each coordinate, turned
 * as `rotated` says, in 4 bits, two to a byte; then, as float32, the scale that makes estimates right on
 * average, and how far the code strays (the tangent of its angle with the vector).
 */
const ID_BYTES = 12
const PACKED_BYTES = EMBEDDING_DIMENSIONS / 2
const SCALE_AT = ID_BYTES + PACKED_BYTES
const STRAY_AT = SCALE_AT + 4
export const CODE_BYTES = STRAY_AT + 4

/** How far apart two levels are: best for 16 levels of normally spread numbers, as turned coordinates are. */
const STEP = 0.335 / Math.sqrt(EMBEDDING_DIMENSIONS)
const HIGHEST_LEVEL = 15
/** A level less this, times a step, is the coordinate. */
const MIDDLE = HIGHEST_LEVEL / 2

/** Standard deviations that an estimate hardly ever strays. */
const DEVIATIONS = 6

/** The codes of passages with unit vectors, one after the other. */
export function encode(passages: readonly { id: Uint8Array; vector: Float32Array }[]): Uint8Array {
  const codes = new Uint8Array(passages.length * CODE_BYTES)
  for (const [position, { id, vector }] of passages.entries()) {
    const code = codes.subarray(position * CODE_BYTES, (position + 1) * CODE_BYTES)
    code.set(id)
    writeVector(new DataView(code.buffer, code.byteOffset, CODE_BYTES), rotated(vector))
  }
  return codes
}

function writeVector(code: DataView, vector: Float32Array): void {
  let agreement = 0
  let squares = 0
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] ?? 0
    const level = levelOf(value)
    agreement += value * (level - MIDDLE)
    squares += (level - MIDDLE) ** 2
    if (i % 2 === 1) code.setUint8(ID_BYTES + (i >> 1), levelOf(vector[i - 1] ?? 0) | (level << 4))
  }
  // Only with the zero vector nothing agrees: whatever it is compared with, it scores 0.
  const scale = agreement > 0 ? 1 / agreement : 0
  code.setFloat32(SCALE_AT, scale, true)
  code.setFloat32(STRAY_AT, Math.sqrt(Math.max(squares - agreement ** 2, 0)) * scale, true)
}

function levelOf(value: number): number {
  return Math.min(Math.max(Math.round(value / STEP + MIDDLE), 0), HIGHEST_LEVEL)
}

/** A query's unit vector, made ready to be compared with codes. */
export type Probe = { even: Float32Array; odd: Float32Array; offset: number }

export function probeFor(query: Float32Array): Probe {
  const vector = rotated(query)
  return {
    even: vector.filter((_, i) => i % 2 === 0),
    odd: vector.filter((_, i) => i % 2 === 1),
    offset: MIDDLE * vector.reduce((sum, value) => sum + value, 0),
  }
}

/**
 * Tells the cosine of each code with the query: most likely `score`, hardly ever further from it than `reach`.
 * `position` is for `idAt`.
 */
export function compare(
  { even, odd, offset }: Probe,
  codes: Uint8Array,
  tell: (score: number, reach: number, position: number) => void,
): void {
  const numbers = new DataView(codes.buffer, codes.byteOffset, codes.byteLength)
  for (let start = 0; start < codes.length; start += CODE_BYTES) {
    let sum = 0
    for (let i = 0; i < PACKED_BYTES; i++) {
      const levels = codes[start + ID_BYTES + i] ?? 0
      sum += (even[i] ?? 0) * (levels & 15) + (odd[i] ?? 0) * (levels >> 4)
    }
    const score = (sum - offset) * numbers.getFloat32(start + SCALE_AT, true)
    const reach = numbers.getFloat32(start + STRAY_AT, true) * deviationPerStray(score) * DEVIATIONS
    tell(score, reach, start / CODE_BYTES)
  }
}

/**
 * What a code strays by points in a random direction: seen from the query it is as small as a random
 * coordinate, and the smaller the nearer the query is to the vector (the estimator of RaBitQ, arXiv 2405.12497).
 */
function deviationPerStray(score: number): number {
  return Math.sqrt(Math.max(1 - score ** 2, NEARLY_ONE) / EMBEDDING_DIMENSIONS)
}
/** Of an estimate near 1 the true score may be a little less. */
const NEARLY_ONE = 0.01

export function idAt(codes: Uint8Array, position: number): Uint8Array {
  return codes.slice(position * CODE_BYTES, position * CODE_BYTES + ID_BYTES)
}
