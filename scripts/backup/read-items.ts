import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { BrokenArchive } from './broken-archive.ts'
import { MAGIC, MAX_DOCUMENT_BYTES } from './format.ts'

const CHUNK_BYTES = 1024 * 1024
const TERMINATOR = 0xff_ff_ff_ff
const EMPTY_DOCUMENT_BYTES = 5

/** The documents of an archive in their order, and the terminators between them as null. @throws BrokenArchive */
export async function* readItems(file: string): AsyncGenerator<Uint8Array | null> {
  let held: Buffer = Buffer.alloc(0)
  let begun = false
  for await (const chunk of unpacked(file)) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    if (!begun && held.length < MAGIC.length) continue
    let at = begun ? 0 : MAGIC.length
    if (!begun && !held.subarray(0, at).equals(MAGIC))
      throw new BrokenArchive('it is no archive of mongodump')
    begun = true
    for (let end = endOfItem(held, at); end <= held.length; end = endOfItem(held, at)) {
      yield end - at === 4 ? null : held.subarray(at, end)
      at = end
    }
    held = held.subarray(at)
  }
  if (!begun || held.length > 0) throw new BrokenArchive('it ends in the middle')
}

function endOfItem(held: Buffer, at: number): number {
  if (held.length < at + 4) return Number.POSITIVE_INFINITY
  const length = held.readUInt32LE(at)
  if (length === TERMINATOR) return at + 4
  if (length < EMPTY_DOCUMENT_BYTES || length > MAX_DOCUMENT_BYTES)
    throw new BrokenArchive('it holds what is no document')
  return at + length
}

async function* unpacked(file: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  // Errors of either come out of the loop below.
  pipeline(createReadStream(file, { highWaterMark: CHUNK_BYTES }), gunzip, () => {})
  try {
    yield* gunzip
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code.startsWith('Z_')) throw new BrokenArchive(`gzip says: ${(error as Error).message}`)
    throw error
  }
}
