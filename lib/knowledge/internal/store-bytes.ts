import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
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

  const store = bucket.openUploadStreamWithId(new mongo.ObjectId(storageId), path)
  // Each write tells its own failure; without a listener the event would end the process.
  store.on('error', () => {})
  for await (const piece of bytes as AsyncIterable<Buffer>) {
    if (size < HEAD_BYTES) headParts.push(piece.subarray(0, HEAD_BYTES - size))
    size += piece.byteLength
    if (maxBytes !== null && size > maxBytes) throw tooLarge(maxBytes)
    hash.update(piece)
    await settled(done => store.write(piece, done))
  }
  await settled(done => store.end(done))
  return { size, sha256: hash.digest('hex'), head: Buffer.concat(headParts) }
}

/** Piece by piece, so that no write is under way when an upload ends early: its bytes could be removed too soon. */
function settled(write: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    write(error => (error ? reject(error) : resolve()))
  })
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
