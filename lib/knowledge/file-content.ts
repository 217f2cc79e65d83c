import { Readable } from 'node:stream'
import { mongo } from 'mongoose'
import { KnowledgeFile } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { AppError, NotFound } from '../errors.ts'
import { fileBucket } from './internal/bucket.ts'

/** First and last byte of a part, both included. */
export type ByteRange = { start: number; end: number }

export type FileContent = {
  name: string
  mimeType: string
  sha256: string
  size: number
  /** The part that `open` streams; null for the whole file. */
  range: ByteRange | null
  open(): Promise<ReadableStream<Uint8Array>>
}

/**
 * The caller's own file, ready to be streamed, whole or the part that a Range header asks for. A header of
 * another form, or for several parts, is answered with the whole, as RFC 9110 allows.
 * @throws NotFound, AppError `range_not_satisfiable`
 */
export async function fileContent(
  { clerkId }: TenantCaller,
  fileId: string,
  rangeHeader: string | undefined,
): Promise<FileContent> {
  const filter = { _id: fileId, clerkId, status: { $ne: 'uploading' as const } }
  const file = await KnowledgeFile.findOne(filter, {
    name: 1,
    mimeType: 1,
    sha256: 1,
    size: 1,
    storagePath: 1,
  }).lean()
  if (!file?.storagePath) throw new NotFound('file', fileId)
  const { name, mimeType, size, storagePath } = file
  const range = rangeHeader === undefined ? null : parseRange(rangeHeader, size)
  return {
    name,
    mimeType,
    sha256: file.sha256 ?? '',
    size,
    range,
    open: () => openStream(storagePath, range),
  }
}

async function openStream(storagePath: string, range: ByteRange | null): Promise<ReadableStream<Uint8Array>> {
  const bucket = await fileBucket()
  const options = range ? { start: range.start, end: range.end + 1 } : {}
  const stream = bucket.openDownloadStream(new mongo.ObjectId(storagePath), options)
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>
}

function parseRange(header: string, size: number): ByteRange | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? []
  if (first === '' && last === '') return null
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < start) return null
  if (start > end) throw new AppError('range_not_satisfiable', `The file has ${size} bytes.`, { size })
  return { start, end }
}
