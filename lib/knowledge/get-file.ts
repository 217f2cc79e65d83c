import { KnowledgeFile } from '../../models/knowledge-file.ts'
import { isAdmin, type TenantCaller } from '../auth/caller.ts'
import { inBackground } from '../background.ts'
import { NotFound } from '../errors.ts'
import { ingestFile } from './ingest-file.ts'
import { FILE_FIELDS, type FileView, toFileView } from './view.ts'

/** Tenants whose files a caller may read about and search: its own, and the shared ones. */
export function readableBy(clerkId: string | null): { $in: (string | null)[] } {
  return { $in: clerkId === null ? [null] : [clerkId, null] }
}

/** Tenants whose files a caller may download and delete: its own; the shared ones belong to the admins. */
export function ownedBy(caller: TenantCaller): { $in: (string | null)[] } {
  return { $in: isAdmin(caller) ? [caller.clerkId, null] : [caller.clerkId] }
}

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
