import { EMBEDDING_DIMENSIONS } from '../../ai/embed.ts'

/** The largest power of two that a Hadamard transform takes in these dimensions; two of them overlap. */
const SPAN = 1024
const OFFSETS = [0, EMBEDDING_DIMENSIONS - SPAN]
/** After two, vectors of few coordinates are not spread normally yet. */
const ROUNDS = 3

/** Signs drawn once and for all: codes are stored, so these must never change. */
const SIGNS = drawSigns(ROUNDS * EMBEDDING_DIMENSIONS)

/**
 * The vector turned by a fixed random rotation: cosines stay, but whatever the vector is like, its coordinates
 * come out as if drawn from a normal distribution, so that one way of rounding suits them all.
 */
export function rotated(vector: Float32Array): Float32Array {
  const turned = Float32Array.from(vector)
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < turned.length; i++) {
      turned[i] = (turned[i] ?? 0) * (SIGNS[round * EMBEDDING_DIMENSIONS + i] ?? 1)
    }
    for (const offset of OFFSETS) hadamard(turned.subarray(offset, offset + SPAN))
  }
  return turned
}

/** The orthonormal Walsh-Hadamard transform, in place. */
function hadamard(values: Float32Array): void {
  for (let half = 1; half < values.length; half *= 2) {
    for (let start = 0; start < values.length; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const a = values[i] ?? 0
        const b = values[i + half] ?? 0
        values[i] = a + b
        values[i + half] = a - b
      }
    }
  }
  const scale = 1 / Math.sqrt(values.length)
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * scale
}

/** Pseudo-random signs (xorshift32). */
function drawSigns(count: number): Int8Array {
  let state = 0x9e3779b9
  return Int8Array.from({ length: count }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state & 0x10000 ? 1 : -1
  })
}
