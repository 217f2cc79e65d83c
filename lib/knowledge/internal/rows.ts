import { EMBEDDING_DIMENSIONS } from '../../ai/embed.ts'
import { type Codes, countOf, idAt, readCode } from './codes.ts'
import { BLOCK_ROWS, type VectorMemory } from './vector-memory.ts'

/** Codes made ready to be compared: their levels in blocks of the memory, the rest at hand. */
export type Rows = {
  blocks: readonly number[]
  count: number
  ids: Uint8Array
  scales: Float32Array
  strays: Float32Array
}

/** What a row takes beside its levels. */
export const BESIDE_BYTES = 12 + 4 + 4

export function emptyRows(blocks: readonly number[]): Rows {
  const most = blocks.length * BLOCK_ROWS
  const [scales, strays] = [new Float32Array(most), new Float32Array(most)]
  return { blocks, count: 0, ids: new Uint8Array(12 * most), scales, strays }
}

/** Appends codes from a position on, as many as there is room for. */
export function append(memory: VectorMemory, rows: Rows, codes: Codes, from = 0): void {
  const room = Math.min(countOf(codes) - from, rows.scales.length - rows.count)
  const levels = memory.levels()
  for (let position = from; position < from + room; position++) {
    const row = rows.count
    const block = rows.blocks[Math.floor(row / BLOCK_ROWS)] ?? 0
    const at = block + (row % BLOCK_ROWS) * EMBEDDING_DIMENSIONS
    const { scale, stray } = readCode(codes, position, levels, at)
    rows.ids.set(idAt(codes.bytes, position, codes.bits), 12 * row)
    rows.scales[row] = scale
    rows.strays[row] = stray
    rows.count += 1
  }
}
