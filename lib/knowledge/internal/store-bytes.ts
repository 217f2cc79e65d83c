import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { mongo } from 'mongoose'
import { AppError } from '../../errors.ts'
import { fileBucket } from './bucket.ts'
import { HEAD_BYTES } from './media-type.ts'

export type StoredBytes = { size: number; sha256: string; head: Uint8Array }

/**
 * Streams bytes into GridFS under an id chosen beforehand, hashing on the way.
 * @throws AppError `too_large` past `maxBytes`; what was written so far stays for the caller to remove.
 */
export async function storeBytes(
  storageId: string,
  path: string,
  bytes: Readable,
  maxBytes: number | null,
): Promise<StoredBytes> {
  const bucket = await fileBucket()
  const hash = createHash('sha256')
  const headParts: Buffer[] = []
  let size = 0

  async function* measured(source: AsyncIterable<Buffer>) {
    for await (const piece of source) {
      if (size < HEAD_BYTES) headParts.push(piece.subarray(0, HEAD_BYTES - size))
      size += piece.byteLength
      if (maxBytes !== null && size > maxBytes) throw tooLarge(maxBytes)
      hash.update(piece)
      yield piece
    }
  }
  await pipeline(bytes, measured, bucket.openUploadStreamWithId(new mongo.ObjectId(storageId), path))
  return { size, sha256: hash.digest('hex'), head: Buffer.concat(headParts) }
}

/** Removes a file's bytes, whole or half written; bytes that are not there are no error. */
export async function removeBytes(storageId: string): Promise<void> {
  const bucket = await fileBucket()
  const _id = new mongo.ObjectId(storageId)
  try {
    await bucket.delete(_id)
  } catch (error) {
    if (!(error instanceof mongo.MongoRuntimeError)) throw error
  }
}

export function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `Your plan accepts files of ${maxBytes} bytes at most.`)
}
