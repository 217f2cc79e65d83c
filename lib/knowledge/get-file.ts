import { KnowledgeFile } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { NotFound } from '../errors.ts'
import { readableBy } from './internal/access.ts'
import { resumeIfFree } from './internal/start-ingestion.ts'
import { FILE_FIELDS, type FileView, toFileView } from './view.ts'

/** A file the caller may read: its own or a shared one. If it waits to be ingested, that is begun. @throws NotFound */
export async function getFile({ clerkId }: TenantCaller, fileId: string): Promise<FileView> {
  const filter = { _id: fileId, clerkId: readableBy(clerkId), status: { $ne: 'uploading' as const } }
  const file = await KnowledgeFile.findOne(filter, FILE_FIELDS).lean()
  if (!file) throw new NotFound('file', fileId)
  resumeIfFree([file])
  return toFileView(file)
}
