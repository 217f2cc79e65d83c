import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { AppError } from '../../errors.ts'
import { FILE_FIELDS, type FileView, toFileView } from '../view.ts'
import { readableBy } from './access.ts'
import { supersedeFile } from './reservation.ts'
import { removeBytes } from './store-bytes.ts'

type Arriving = { name: string; bytes: Readable; fields(): Promise<{ shared: boolean }> }

/**
 * What an earlier attempt at the same upload has stored under this id; what arrives is then read to see that
 * it is the same. Of an attempt that ended halfway it removes what is left, and answers null.
 * @throws AppError `idempotency_mismatch`
 */
export async function earlierUpload(
  clerkId: string,
  fileId: string,
  arriving: Arriving,
): Promise<FileView | null> {
  const filter = { _id: fileId, clerkId: readableBy(clerkId), uploadedBy: clerkId }
  const fields = { ...FILE_FIELDS, storageProvider: 1, storagePath: 1 } as const
  const file = await KnowledgeFile.findOne(filter, fields).lean()
  if (!file?.storagePath) return null
  const { storageProvider, storagePath } = file
  if (file.status === 'uploading') {
    await removeBytes({ storageProvider, storagePath })
    await supersedeFile({ fileId, clerkId, storageProvider, storagePath })
    return null
  }
  const sha256 = await digest(arriving.bytes, file.size)
  const { shared } = await arriving.fields()
  const isSame = file.name === arriving.name && file.sha256 === sha256
  if (!isSame || shared !== ((file.clerkId ?? null) === null)) throw otherUpload()
  return toFileView(file)
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
