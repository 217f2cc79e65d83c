import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { AppError } from '../../errors.ts'
import { HEAD_BYTES } from './media-type.ts'
import type { Place } from './reservation.ts'
import { type StorageProvider, storageOf } from './storage/storage.ts'

export type Measured = { size: number; sha256: string; head: Uint8Array }

/**
 * Streams bytes to the place that was reserved for them, hashing on the way.
 * @throws AppError `too_large` past `maxBytes`; what was written so far stays for the caller to remove.
 */
export async function storeBytes(
  { storageProvider, storagePath }: Pick<Place, 'storageProvider' | 'storagePath'>,
  path: string,
  bytes: Readable,
  maxBytes: number | null,
): Promise<Measured> {
  const storage = await storageOf(storageProvider)
  const { pieces, measured } = measure(bytes, maxBytes)
  await storage.write(storagePath, path, pieces)
  return measured()
}

/** What `storeBytes` tells, of bytes that lie there already. */
export async function measureStored({ storageProvider, storagePath }: Place): Promise<Measured> {
  const storage = await storageOf(storageProvider)
  const { pieces, measured } = measure(await storage.read(storagePath, null), null)
  for await (const _ of pieces);
  return measured()
}

/** Pieces as they are, with what can be told of them once they are read. */
function measure(
  bytes: Readable,
  maxBytes: number | null,
): { pieces: AsyncIterable<Buffer>; measured(): Measured } {
  const hash = createHash('sha256')
  const headParts: Buffer[] = []
  let size = 0
  async function* pieces() {
    for await (const piece of bytes as AsyncIterable<Buffer>) {
      // A copy, so that the piece itself can go.
      if (size < HEAD_BYTES) headParts.push(Buffer.from(piece.subarray(0, HEAD_BYTES - size)))
      size += piece.byteLength
      if (maxBytes !== null && size > maxBytes) throw tooLarge(maxBytes)
      hash.update(piece)
      yield piece
    }
  }
  const measured = () => ({ size, sha256: hash.digest('hex'), head: Buffer.concat(headParts) })
  return { pieces: pieces(), measured }
}

type Stored = { storageProvider?: StorageProvider | null; storagePath: string }

/** Removes a file's bytes, whole or half written; bytes that are not there are no error. */
export async function removeBytes({ storageProvider, storagePath }: Stored): Promise<void> {
  const storage = await storageOf(storageProvider)
  await storage.remove(storagePath)
}

/** Removes bytes where an address given out for a direct upload could put them once more. */
export async function blockBytes({ storageProvider, storagePath }: Stored): Promise<void> {
  const storage = await storageOf(storageProvider)
  await storage.block(storagePath)
}

const MiB = 1024 * 1024

export function tooLarge(maxBytes: number): AppError {
  const most = maxBytes % MiB === 0 ? `${maxBytes / MiB} MiB` : `${maxBytes} bytes`
  return new AppError('too_large', `Your plan accepts files of ${most} at most.`)
}
