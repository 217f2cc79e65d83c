import { rotated } from '../../../lib/knowledge/internal/rotation.ts'

const DIMENSIONS = 1536
const CODE_BYTES = 12 + DIMENSIONS / 2 + 8
const STEP = 0.335 / Math.sqrt(DIMENSIONS)

/** Codes as they were stored before levels had 8 bits, and as they still lie in databases. */
export function encodeFourBits(passages: readonly { id: Uint8Array; vector: Float32Array }[]): Uint8Array {
  const codes = new Uint8Array(passages.length * CODE_BYTES)
  for (const [position, { id, vector }] of passages.entries()) {
    const code = new DataView(codes.buffer, position * CODE_BYTES, CODE_BYTES)
    codes.set(id, position * CODE_BYTES)
    const turned = rotated(vector)
    const levels = Array.from(turned, value => Math.min(Math.max(Math.round(value / STEP + 7.5), 0), 15))
    const agreement = levels.reduce((sum, level, i) => sum + (turned[i] ?? 0) * (level - 7.5), 0)
    const squares = levels.reduce((sum, level) => sum + (level - 7.5) ** 2, 0)
    const scale = agreement > 0 ? 1 / agreement : 0
    for (let i = 0; i < DIMENSIONS; i += 2)
      code.setUint8(12 + i / 2, (levels[i] ?? 0) | ((levels[i + 1] ?? 0) << 4))
    code.setFloat32(CODE_BYTES - 8, scale, true)
    code.setFloat32(CODE_BYTES - 4, Math.sqrt(Math.max(squares - agreement ** 2, 0)) * scale, true)
  }
  return codes
}
