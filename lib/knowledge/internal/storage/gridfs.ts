import { Readable } from 'node:stream'
import { mongo } from 'mongoose'
import { connect } from '../../../db/connect.ts'
import { AppError } from '../../../errors.ts'
import { BUCKET_NAME, CHUNK_BYTES } from '../bucket.ts'
import { eachBlock } from './blocks.ts'
import type { ByteRange, Storage } from './storage.ts'

type StoredFile = {
  _id: mongo.ObjectId
  length: number
  chunkSize: number
  uploadDate: Date
  filename: string
}
type StoredChunk = { files_id: mongo.ObjectId; n: number; data: mongo.Binary }

const CHUNKS_AT_ONCE = 2

/** One fills while two are on their way: a majority is waited for, which a second write does meanwhile. */
const BLOCKS = 3

const MAJORITY = { writeConcern: { w: 'majority' } } as const

/** Bytes in the database itself; a key is the hex id of a GridFS file. */
export function gridFsStorage(): Storage {
  // Nobody but this API puts bytes here.
  return { write, read, remove, block: remove, address: null }
}

/** What the driver's upload stream does, without its two copies of each chunk, and several at once. */
async function write(key: string, name: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  const { files, chunks } = await collections()
  const _id = new mongo.ObjectId(key)
  let length = 0
  await eachBlock(pieces, { bytes: CHUNK_BYTES, count: BLOCKS }, (block, n) => {
    length += block.byteLength
    return chunks.insertOne({ files_id: _id, n, data: new mongo.Binary(block) }, MAJORITY)
  })
  const file = { _id, length, chunkSize: CHUNK_BYTES, uploadDate: new Date(), filename: name }
  await files.insertOne(file, MAJORITY)
}

/** As the driver's download stream does, but with few chunks in memory: it asks for 16 MiB at a time. */
async function read(key: string, range: ByteRange | null): Promise<Readable> {
  const { files, chunks } = await collections()
  const file = await files.findOne({ _id: new mongo.ObjectId(key) })
  if (!file) throw new AppError('not_found', 'The bytes of this file are gone.')
  const part = range ?? { start: 0, end: file.length - 1 }
  return Readable.from(piecesOf(chunks, file, part), { objectMode: false })
}

async function* piecesOf(
  chunks: mongo.Collection<StoredChunk>,
  { _id, chunkSize }: StoredFile,
  { start, end }: ByteRange,
) {
  let n = Math.floor(start / chunkSize)
  const found = chunks
    .find({ files_id: _id, n: { $gte: n, $lte: Math.floor(end / chunkSize) } })
    .sort({ n: 1 })
    .batchSize(CHUNKS_AT_ONCE)
  let at = start
  for await (const chunk of found) {
    if (chunk.n !== n) throw new Error(`file ${_id.toHexString()} lacks chunk ${n}`)
    const piece = chunk.data.buffer.subarray(0, chunk.data.length())
    yield piece.subarray(at - n * chunkSize, end + 1 - n * chunkSize)
    n += 1
    at = n * chunkSize
  }
  if (at <= end) throw new Error(`file ${_id.toHexString()} ends before its length`)
}

async function remove(key: string): Promise<void> {
  const { files, chunks } = await collections()
  const _id = new mongo.ObjectId(key)
  await files.deleteOne({ _id }, MAJORITY)
  await chunks.deleteMany({ files_id: _id }, MAJORITY)
}

async function collections() {
  const { db } = await connect()
  if (!db) throw new Error('the connection has no database')
  return {
    files: db.collection<StoredFile>(`${BUCKET_NAME}.files`),
    chunks: db.collection<StoredChunk>(`${BUCKET_NAME}.chunks`),
  }
}
