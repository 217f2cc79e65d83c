import { Readable } from 'node:stream'
import { mongo } from 'mongoose'
import { KnowledgeFile } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { NotFound } from '../errors.ts'
import { ownedBy } from './internal/access.ts'
import { fileBucket } from './internal/bucket.ts'

/** First and last byte of a part, both included. */
export type ByteRange = { start: number; end: number }

export type FileContent = {
  name: string
  mimeType: string
  /** Equal for equal bytes only. */
  version: string
  size: number
  /** Streams the bytes, whole or one part of them. */
  open(range: ByteRange | null): Promise<ReadableStream<Uint8Array>>
}

/** The caller's own file, ready to be streamed. @throws NotFound */
export async function fileContent(caller: TenantCaller, fileId: string): Promise<FileContent> {
  const filter = { _id: fileId, clerkId: ownedBy(caller), status: { $ne: 'uploading' as const } }
  const fields = { name: 1, mimeType: 1, sha256: 1, size: 1, storagePath: 1 } as const
  const file = await KnowledgeFile.findOne(filter, fields).lean()
  if (!file?.storagePath) throw new NotFound('file', fileId)
  const { name, mimeType, size, storagePath } = file
  const version = file.sha256 ?? fileId
  return { name, mimeType, version, size, open: range => openStream(storagePath, range) }
}

async function openStream(storagePath: string, range: ByteRange | null): Promise<ReadableStream<Uint8Array>> {
  const bucket = await fileBucket()
  const options = range ? { start: range.start, end: range.end + 1 } : {}
  const stream = bucket.openDownloadStream(new mongo.ObjectId(storagePath), options)
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>
}
