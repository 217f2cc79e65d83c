import { EMBEDDING_DIMENSIONS } from '../../ai/embed.ts'
import { KERNEL } from './kernel.ts'

/** Rows of one block. */
export const BLOCK_ROWS = 16
export const BLOCK_BYTES = BLOCK_ROWS * EMBEDDING_DIMENSIONS

/** Where in the memory the query lies, the sums, and the first block. */
const QUERY_AT = 0
const SUMS_AT = QUERY_AT + 2 * EMBEDDING_DIMENSIONS
const BLOCKS_AT = SUMS_AT + 8 * BLOCK_ROWS
const PAGE_BYTES = 65_536
/** Memory grows by so much at once, 16 MiB. */
const GROWTH_PAGES = 256

/** What of WebAssembly is used; Node's types lack it. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number }) => Memory
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: { env: { memory: Memory } }) => { exports: { dots: Dots } }
}
type Memory = { readonly buffer: ArrayBuffer; grow(pages: number): number }
type Dots = (row: number, rows: number, query: number, sums: number) => void

export type VectorMemory = ReturnType<typeof createVectorMemory>

/** Memory for rows of 8-bit levels, in blocks, and the kernel that compares them; it grows as blocks are taken. */
export function createVectorMemory(mostBytes: number) {
  const maximum = Math.floor(mostBytes / PAGE_BYTES)
  const mostBlocks = Math.floor((maximum * PAGE_BYTES - BLOCKS_AT) / BLOCK_BYTES)
  const memory = new WebAssembly.Memory({ initial: 1, maximum })
  const module = new WebAssembly.Module(Buffer.from(KERNEL, 'base64'))
  const { dots } = new WebAssembly.Instance(module, { env: { memory } }).exports
  const given: number[] = []
  let taken = 0

  function newBlock(): number {
    taken += 1
    const end = BLOCKS_AT + taken * BLOCK_BYTES
    const pages = memory.buffer.byteLength / PAGE_BYTES
    if (end > memory.buffer.byteLength) memory.grow(Math.min(GROWTH_PAGES, maximum - pages))
    return end - BLOCK_BYTES
  }
  return {
    bytes: () => memory.buffer.byteLength,
    free: () => given.length + mostBlocks - taken,
    inUse: () => taken - given.length,
    /** No more than are free. */
    take: (count: number) => Array.from({ length: count }, () => given.pop() ?? newBlock()),
    give(blocks: readonly number[]): void {
      given.push(...blocks)
    },
    /** All of the memory, where levels are written as they are stored; to be asked for anew once blocks were taken. */
    levels: () => new Uint8Array(memory.buffer),
    /** The dot products of the first `count` rows of these blocks with a query. */
    dots(query: Int16Array, blocks: readonly number[], count: number): Float64Array {
      const products = new Float64Array(count)
      new Int16Array(memory.buffer, QUERY_AT, EMBEDDING_DIMENSIONS).set(query)
      const sums = new Float64Array(memory.buffer, SUMS_AT, BLOCK_ROWS)
      for (let from = 0; from < count; from += BLOCK_ROWS) {
        const rows = Math.min(BLOCK_ROWS, count - from)
        dots(blocks[from / BLOCK_ROWS] ?? BLOCKS_AT, rows, QUERY_AT, SUMS_AT)
        for (let row = 0; row < rows; row++) products[from + row] = sums[row] ?? 0
      }
      return products
    },
  }
}
