import { KnowledgeFile } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { NotFound } from '../errors.ts'
import { ownedBy } from './internal/access.ts'
import { type ByteRange, type Disposition, storageOf } from './internal/storage/storage.ts'

export type { ByteRange }

export type FileContent = {
  name: string
  mimeType: string
  /** Equal for equal bytes only. */
  version: string
  size: number
  /** Streams the bytes, whole or one part of them. @throws NotFound, AppError `unavailable` */
  open(range: ByteRange | null): Promise<ReadableStream<Uint8Array>>
  /** An address of the storage itself that gives out the bytes for a while; null where there is none. */
  address: ((as: Disposition) => Promise<string>) | null
}

/** The caller's own file, ready to be streamed. @throws NotFound */
export async function fileContent(caller: TenantCaller, fileId: string): Promise<FileContent> {
  const filter = { _id: fileId, clerkId: ownedBy(caller), status: { $ne: 'uploading' as const } }
  const fields = { name: 1, mimeType: 1, sha256: 1, size: 1, storageProvider: 1, storagePath: 1 } as const
  const file = await KnowledgeFile.findOne(filter, fields).lean()
  if (!file?.storagePath) throw new NotFound('file', fileId)
  const { name, mimeType, size, storageProvider, storagePath } = file
  const storage = await storageOf(storageProvider)
  const open = async (range: ByteRange | null) =>
    ReadableStream.from(await storage.read(storagePath, range)) as ReadableStream<Uint8Array>
  const { address } = storage
  return {
    name,
    mimeType,
    version: file.sha256 ?? fileId,
    size,
    open,
    address: address && (as => address(storagePath, as)),
  }
}
