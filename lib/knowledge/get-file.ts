import { KnowledgeFile } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { inBackground } from '../background.ts'
import { NotFound } from '../errors.ts'
import { ingestFile } from './ingest-file.ts'
import { readableBy } from './internal/access.ts'
import { FILE_FIELDS, type FileView, toFileView } from './view.ts'

/**
 * A file the caller may read: its own or a shared one. If the process that ingested it ended, the work is
 * taken up again: whoever waits for a file gets it moving.
 * @throws NotFound
 */
export async function getFile({ clerkId }: TenantCaller, fileId: string): Promise<FileView> {
  const filter = { _id: fileId, clerkId: readableBy(clerkId), status: { $ne: 'uploading' as const } }
  const file = await KnowledgeFile.findOne(filter, FILE_FIELDS).lean()
  if (!file) throw new NotFound('file', fileId)
  if (file.status === 'processing' && !isLeased(file.leaseUntil))
    inBackground('resume ingestion', ingestFile(fileId, file.clerkId ?? null))
  return toFileView(file)
}

function isLeased(leaseUntil: Date | null | undefined): boolean {
  return leaseUntil !== null && leaseUntil !== undefined && leaseUntil > new Date()
}
