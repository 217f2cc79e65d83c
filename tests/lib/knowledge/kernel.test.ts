import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BLOCK_ROWS, createVectorMemory } from '../../../lib/knowledge/internal/vector-memory.ts'
import { kernelSource } from '../../../scripts/write-kernel.ts'
import { seeded } from '../../helpers/vectors.ts'

const DIMENSIONS = 1536
const MIB = 1024 * 1024
const random = seeded(31)

/** Writes rows to blocks of a memory, as many as they need. */
function withRows(rows: Int8Array[]) {
  const memory = createVectorMemory(MIB)
  const spare = memory.take(3)
  const blocks = memory.take(Math.ceil(rows.length / BLOCK_ROWS)).toReversed()
  memory.give(spare)
  for (const [row, levels] of rows.entries()) {
    const at = (blocks[Math.floor(row / BLOCK_ROWS)] ?? 0) + (row % BLOCK_ROWS) * DIMENSIONS
    memory.levels().set(new Uint8Array(levels.buffer), at)
  }
  return (query: Int16Array) => Array.from(memory.dots(query, blocks, rows.length))
}

function plain(query: Int16Array, row: Int8Array): number {
  let sum = 0
  for (let i = 0; i < DIMENSIONS; i++) sum += (query[i] ?? 0) * (row[i] ?? 0)
  return sum
}

const drawRow = () => Int8Array.from({ length: DIMENSIONS }, () => (random() % 255) - 127)
const drawQuery = () => Int16Array.from({ length: DIMENSIONS }, () => (random() % 65_535) - 32_767)

describe('the kernel', () => {
  it('is what its source gives', async () => {
    const file = join(import.meta.dirname, '../../../lib/knowledge/internal/kernel.ts')
    expect(await readFile(file, 'utf8')).toBe(await kernelSource())
  })

  it.each([1, 2, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 100])(
    'gives the dot products that a plain loop gives, of %i rows in any blocks',
    count => {
      const rows = Array.from({ length: count }, drawRow)
      const dots = withRows(rows)
      for (const query of [drawQuery(), drawQuery()])
        expect(dots(query)).toEqual(rows.map(row => plain(query, row)))
    },
  )

  it('is exact at the ends of what levels can be', () => {
    const rows = [127, -127, 1, 0].map(level => new Int8Array(DIMENSIONS).fill(level))
    const dots = withRows(rows)
    for (const level of [32_767, -32_767]) {
      const query = new Int16Array(DIMENSIONS).fill(level)
      expect(dots(query)).toEqual(rows.map(row => plain(query, row)))
    }
  })
})
