import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { AppError } from '../../errors.ts'
import { readableBy } from './access.ts'
import { releaseFile } from './reservation.ts'
import { removeBytes } from './store-bytes.ts'

type Arriving = { bytes: Readable; fields(): Promise<{ shared: boolean }> }

/**
 * Whether an earlier attempt at the same upload has stored the file under this id; it then reads what arrives
 * to see that it is the same. Of an attempt that ended halfway it removes what is left.
 * @throws AppError `idempotency_mismatch`
 */
export async function wasUploaded(clerkId: string, fileId: string, arriving: Arriving): Promise<boolean> {
  const filter = { _id: fileId, clerkId: readableBy(clerkId), uploadedBy: clerkId }
  const file = await KnowledgeFile.findOne(filter, {
    clerkId: 1,
    status: 1,
    storagePath: 1,
    sha256: 1,
    size: 1,
  }).lean()
  if (!file?.storagePath) return false
  if (file.status === 'uploading') {
    await removeBytes(file.storagePath)
    await releaseFile({ fileId, clerkId, storageId: file.storagePath })
    return false
  }
  const sha256 = await digest(arriving.bytes, file.size)
  const { shared } = await arriving.fields()
  if (sha256 !== file.sha256 || shared !== ((file.clerkId ?? null) === null)) throw otherUpload()
  return true
}

async function digest(bytes: Readable, mostBytes: number): Promise<string> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of bytes as AsyncIterable<Buffer>) {
    size += piece.byteLength
    if (size > mostBytes) throw otherUpload()
    hash.update(piece)
  }
  return hash.digest('hex')
}

function otherUpload(): AppError {
  return new AppError('idempotency_mismatch', 'This Idempotency-Key was used to upload another file.')
}
