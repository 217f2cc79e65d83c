import type { Types } from 'mongoose'
import type { KnowledgeFileDocument } from '../../models/knowledge-file.ts'
import type { PiiKind } from '../pii/find-pii.ts'

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
  chunksDone: number
  summary: string | null
  piiFound: PiiKind[]
  usage: { promptTokens: number; completionTokens: number; costUsd: number }
  shared: boolean
  createdAt: Date
}

/** What `toFileView` needs of a stored file, and `leaseUntil`, which tells whether a run has it. */
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
  chunksDone: 1,
  summary: 1,
  piiFound: 1,
  usage: 1,
  clerkId: 1,
  createdAt: 1,
  leaseUntil: 1,
} as const

type Fields = Pick<KnowledgeFileDocument, keyof typeof FILE_FIELDS>
/** Rows from before this API lack the fields that it added, and reading them as plain objects adds no defaults. */
type StoredFile = Pick<Fields, 'name' | 'path' | 'createdAt'> & Partial<Fields> & { _id: Types.ObjectId }

export function toFileView(file: StoredFile): FileView {
  const { status = 'ready' } = file
  return {
    id: file._id.toHexString(),
    name: file.name,
    path: file.path,
    size: file.size ?? 0,
    mimeType: file.mimeType ?? 'application/octet-stream',
    sha256: file.sha256 ?? null,
    status: status === 'uploading' ? 'processing' : status,
    error: file.error ?? null,
    embedded: file.embedded ?? false,
    chunks: file.chunks ?? 0,
    chunksDone: file.chunksDone ?? 0,
    summary: file.summary ?? null,
    piiFound: (file.piiFound ?? []) as PiiKind[],
    usage: file.usage ?? { promptTokens: 0, completionTokens: 0, costUsd: 0 },
    shared: (file.clerkId ?? null) === null,
    createdAt: file.createdAt,
  }
}
