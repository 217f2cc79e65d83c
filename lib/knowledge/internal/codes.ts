import { EMBEDDING_DIMENSIONS } from '../../ai/embed.ts'
import { rotated } from './rotation.ts'

/**
 * A code tells a passage's id (12 bytes) and its unit vector in a quarter of the bytes: each coordinate, turned
 * as `rotated` says, as a level in a signed byte; then, as float32, the scale that makes estimates right on
 * average, and how far the code strays (the tangent of its angle with the vector).
 */
const ID_BYTES = 12
const NUMBERS_BYTES = 8
const HIGHEST_LEVEL = 127
export const CODE_BYTES = ID_BYTES + EMBEDDING_DIMENSIONS + NUMBERS_BYTES

/** How many bits a level has. Codes of 4 are no longer written: two levels to a byte, each from -7.5 to 7.5. */
export type Bits = 4 | 8
const BYTES_OF = { 4: ID_BYTES + EMBEDDING_DIMENSIONS / 2 + NUMBERS_BYTES, 8: CODE_BYTES }

/** Codes of passages, one after the other, as they are stored. */
export type Codes = { bytes: Uint8Array; bits: Bits }

/** The codes of passages with unit vectors, of 8 bits. */
export function encode(passages: readonly { id: Uint8Array; vector: Float32Array }[]): Uint8Array {
  const bytes = new Uint8Array(passages.length * CODE_BYTES)
  for (const [position, { id, vector }] of passages.entries()) {
    const code = bytes.subarray(position * CODE_BYTES, (position + 1) * CODE_BYTES)
    code.set(id)
    writeVector(code.subarray(ID_BYTES), rotated(vector))
  }
  return bytes
}

function writeVector(code: Uint8Array, vector: Float32Array): void {
  const levels = new Int8Array(code.buffer, code.byteOffset, EMBEDDING_DIMENSIONS)
  const step = largest(vector) / HIGHEST_LEVEL || 1
  let agreement = 0
  let squares = 0
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] ?? 0
    const level = Math.round(value / step)
    agreement += value * level
    squares += level * level
    levels[i] = level
  }
  // Only with the zero vector nothing agrees: whatever it is compared with, it scores 0.
  const scale = agreement > 0 ? 1 / agreement : 0
  const numbers = new DataView(code.buffer, code.byteOffset + EMBEDDING_DIMENSIONS, NUMBERS_BYTES)
  numbers.setFloat32(0, scale, true)
  numbers.setFloat32(4, Math.sqrt(Math.max(squares - agreement ** 2, 0)) * scale, true)
}

/** The largest coordinate, whatever its sign. */
export function largest(vector: Float32Array): number {
  let most = 0
  for (let i = 0; i < vector.length; i++) most = Math.max(most, Math.abs(vector[i] ?? 0))
  return most
}

export function countOf({ bytes, bits }: Codes): number {
  return bytes.length / BYTES_OF[bits]
}

export function idAt(bytes: Uint8Array, position: number, bits: Bits = 8): Uint8Array {
  const start = position * BYTES_OF[bits]
  return bytes.slice(start, start + ID_BYTES)
}

/**
 * Writes the levels of a code to `levels` from `at` on, those of 4 bits doubled so that they are whole, and gives
 * its numbers.
 */
export function readCode({ bytes, bits }: Codes, position: number, levels: Uint8Array, at: number) {
  const start = position * BYTES_OF[bits] + ID_BYTES
  const end = (position + 1) * BYTES_OF[bits] - NUMBERS_BYTES
  const stored = bytes.subarray(start, end)
  if (bits === 8) levels.set(stored, at)
  else for (const [i, pair] of stored.entries()) levels.set(LEVELS_OF_PAIR[pair] ?? [], at + 2 * i)
  const numbers = new DataView(bytes.buffer, bytes.byteOffset + end, NUMBERS_BYTES)
  const scale = numbers.getFloat32(0, true)
  return { scale: bits === 8 ? scale : scale / 2, stray: numbers.getFloat32(4, true) }
}

/** The first of two levels has the low bits. */
const LEVELS_OF_PAIR = Array.from({ length: 256 }, (_, pair) => [2 * (pair & 15) - 15, 2 * (pair >> 4) - 15])
