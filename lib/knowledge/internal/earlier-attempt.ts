import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { AppError } from '../../errors.ts'
import { readableBy } from './access.ts'
import { releaseFile } from './reservation.ts'
import { removeBytes } from './store-bytes.ts'

/**
 * Whether an earlier attempt at the same upload has stored the file under this id; it then reads the bytes to
 * see that they are the same. Of an attempt that ended halfway it removes what is left.
 * @throws AppError `idempotency_mismatch`
 */
export async function wasUploaded(clerkId: string, fileId: string, bytes: Readable): Promise<boolean> {
  const filter = { _id: fileId, clerkId: readableBy(clerkId), uploadedBy: clerkId }
  const file = await KnowledgeFile.findOne(filter, { status: 1, storagePath: 1, sha256: 1 }).lean()
  if (!file) return false
  if (file.status === 'uploading') {
    if (file.storagePath) await removeBytes(file.storagePath)
    await releaseFile({ fileId, clerkId })
    return false
  }
  if ((await digest(bytes)) !== file.sha256)
    throw new AppError('idempotency_mismatch', 'This Idempotency-Key was used to upload another file.')
  return true
}

async function digest(bytes: Readable): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of bytes as AsyncIterable<Buffer>) hash.update(piece)
  return hash.digest('hex')
}
