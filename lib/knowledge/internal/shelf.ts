import { EMBEDDING_BATCH } from '../../ai/embed.ts'
import { config } from '../../config.ts'
import { type Codes, countOf } from './codes.ts'
import type { Compared, Probe } from './probe.ts'
import type { Wanted } from './ranking.ts'
import type { ReadyFile } from './ready-files.ts'
import { append, BESIDE_BYTES, emptyRows, type Rows } from './rows.ts'
import { BLOCK_BYTES, BLOCK_ROWS, createVectorMemory } from './vector-memory.ts'

const MIB = 1024 * 1024
const BESIDE_BLOCK_BYTES = BLOCK_ROWS * BESIDE_BYTES
/** What streams by is compared in slices of so many blocks: as many rows as a usual run. */
const SLICE_BLOCKS = EMBEDDING_BATCH / BLOCK_ROWS

/** A file's rows, all of them, as they were at its `stamp`. */
type Held = Pick<ReadyFile, 'clerkId' | 'stamp'> & { rows: Rows }

/** The rows of a held file compared, and the stamp it is held with. */
export type ComparedFile = Compared & Pick<ReadyFile, 'stamp'>

/** Takes the codes of one file as they are read. What turns out to be all of it is held from `finish` on. */
export type Filling = { add(codes: Codes): void; compare(probe: Probe): Compared; finish(): void }

export type Shelf = ReturnType<typeof createShelf>

let own: Shelf | undefined

/** The shelf of this instance. */
export function ownShelf(): Shelf {
  own ??= createShelf(config().VECTOR_MEMORY_MIB * MIB)
  return own
}

/**
 * Holds files' codes ready to be compared, in no more bytes than given. Room is made by dropping those whose last
 * search is the longest ago. Whether a file is still as it is held is for its `stamp` to tell, at each search.
 */
export function createShelf(mostBytes: number) {
  const share = BLOCK_BYTES / (BLOCK_BYTES + BESIDE_BLOCK_BYTES)
  const memory = createVectorMemory(mostBytes * share)
  const slice = memory.take(SLICE_BLOCKS)
  /** By file, the one searched longest ago first. */
  const held = new Map<string, Held>()

  function drop(fileId: string): void {
    memory.give(held.get(fileId)?.rows.blocks ?? [])
    held.delete(fileId)
  }
  function put(fileId: string, file: Held): void {
    drop(fileId)
    held.set(fileId, file)
  }
  function compared({ rows, stamp }: Held, probe: Probe): ComparedFile {
    return { rows, stamp, dots: memory.dots(probe.levels, rows.blocks, rows.count) }
  }
  /** Blocks for a file, at the cost of files that are not searched now; null when it cannot be held whole. */
  function roomFor(chunks: number, isSearched: (fileId: string) => boolean): number[] | null {
    const wanted = Math.ceil(chunks / BLOCK_ROWS)
    if (wanted > memory.free() + memory.inUse()) return null
    for (const fileId of held.keys()) {
      if (memory.free() >= wanted) break
      if (!isSearched(fileId)) drop(fileId)
    }
    return memory.free() >= wanted ? memory.take(wanted) : null
  }
  return {
    bytes: () => memory.bytes() + memory.inUse() * BESIDE_BLOCK_BYTES,
    drop,
    /** Compares what is held of the files of a search, by file. */
    compareAll({ tenants, fileIds }: Wanted, probe: Probe): Map<string, ComparedFile> {
      const isWanted = (fileId: string, { clerkId }: Held) =>
        tenants.$in.includes(clerkId) && (fileIds?.includes(fileId) ?? true)
      const searched = Array.from(held).filter(([fileId, file]) => isWanted(fileId, file))
      return new Map(searched.map(([fileId, file]) => [fileId, compared(file, probe)]))
    },
    /** Compares a file, if it is held with this stamp; one of another is dropped. */
    compare(fileId: string, { stamp }: ReadyFile, probe: Probe): ComparedFile | undefined {
      const file = held.get(fileId)
      if (file?.stamp === stamp) return compared(file, probe)
      drop(fileId)
      return undefined
    },
    /** Notes that a search used what is held of a file. */
    touch(fileId: string): void {
      const file = held.get(fileId)
      if (file && held.delete(fileId)) held.set(fileId, file)
    },
    /** Compares codes without holding them, a slice after the other. */
    *compareSlices(codes: Codes, probe: Probe): Generator<Compared> {
      for (let from = 0; from < countOf(codes); from += SLICE_BLOCKS * BLOCK_ROWS) {
        const rows = emptyRows(slice)
        append(memory, rows, codes, from)
        yield { rows, dots: memory.dots(probe.levels, slice, rows.count) }
      }
    },
    /** Makes room for a file, if there can be; what it gives must be finished. */
    fill(
      fileId: string,
      { clerkId, stamp, chunks }: ReadyFile,
      isSearched: (id: string) => boolean,
    ): Filling | null {
      const blocks = roomFor(chunks, isSearched)
      if (!blocks) return null
      const rows = emptyRows(blocks)
      return {
        add: codes => append(memory, rows, codes),
        compare: probe => compared({ rows, clerkId, stamp }, probe),
        finish(): void {
          if (rows.count === chunks) put(fileId, { clerkId, stamp, rows })
          else memory.give(blocks)
        },
      }
    },
  }
}
