import type { Types } from 'mongoose'
import type { KnowledgeFileDocument } from '../../models/knowledge-file.ts'

/** A knowledge file as its owner sees it; never with its vector. */
export type FileView = {
  id: string
  name: string
  path: string
  size: number
  mimeType: string
  sha256: string | null
  status: 'processing' | 'ready' | 'failed'
  error: string | null
  embedded: boolean
  chunks: number
  summary: string | null
  shared: boolean
  createdAt: Date
}

/** What `toFileView` needs of a stored file. */
export const FILE_FIELDS = {
  name: 1,
  path: 1,
  size: 1,
  mimeType: 1,
  sha256: 1,
  status: 1,
  error: 1,
  embedded: 1,
  chunks: 1,
  summary: 1,
  clerkId: 1,
  createdAt: 1,
} as const

type StoredFile = Pick<KnowledgeFileDocument, keyof typeof FILE_FIELDS> & { _id: Types.ObjectId }

export function toFileView(file: StoredFile): FileView {
  return {
    id: file._id.toHexString(),
    name: file.name,
    path: file.path,
    size: file.size,
    mimeType: file.mimeType,
    sha256: file.sha256 ?? null,
    status: file.status === 'uploading' ? 'processing' : file.status,
    error: file.error ?? null,
    embedded: file.embedded,
    chunks: file.chunks,
    summary: file.summary ?? null,
    shared: file.clerkId === null,
    createdAt: file.createdAt,
  }
}
