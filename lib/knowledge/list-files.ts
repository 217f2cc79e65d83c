import { KnowledgeFile } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { afterCursor, type Page, type PageRequest, toPage } from '../db/page.ts'
import { resumeIfFree } from './internal/start-ingestion.ts'
import { FILE_FIELDS, type FileView, toFileView } from './view.ts'

/** The caller's own files, newest first. Of those that wait to be ingested the oldest few are begun. */
export async function listFiles(
  { clerkId }: TenantCaller,
  { limit, cursor }: PageRequest,
): Promise<Page<FileView>> {
  const filter = { clerkId, status: { $ne: 'uploading' as const }, ...afterCursor(cursor) }
  const found = await KnowledgeFile.find(filter, FILE_FIELDS)
    .sort({ _id: -1 })
    .hint({ clerkId: 1, _id: -1 })
    .limit(limit + 1)
    .lean()
  resumeIfFree(found.toReversed())
  return toPage(found, limit, toFileView)
}
