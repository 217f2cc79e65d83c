import { KnowledgeFile } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { AppError, NotFound } from '../errors.ts'
import { ownedBy } from './internal/access.ts'
import { freeFiles } from './internal/lease.ts'
import { startIngestion } from './internal/start-ingestion.ts'
import { FILE_FIELDS, type FileView, toFileView } from './view.ts'

/**
 * Ingests anew a file of the caller's own that failed, or at once one that was put off or whose run ended with
 * its process. @throws NotFound, AppError `conflict`
 */
export async function retryFile(caller: TenantCaller, fileId: string): Promise<FileView> {
  const own = { _id: fileId, clerkId: ownedBy(caller) }
  const isPutOff = { status: 'processing' as const, leaseId: null }
  const file = await KnowledgeFile.findOneAndUpdate(
    { ...own, $or: [{ status: 'failed' as const }, isPutOff, freeFiles()] },
    { $set: { status: 'processing', error: null, attempts: 0, leaseUntil: null, leaseId: null } },
    { projection: FILE_FIELDS, returnDocument: 'after' },
  ).lean()
  if (file) {
    const view = toFileView(file)
    startIngestion(view, file.clerkId ?? null)
    return view
  }
  if (!(await KnowledgeFile.exists({ ...own, status: { $ne: 'uploading' as const } })))
    throw new NotFound('file', fileId)
  throw new AppError('conflict', 'The file is being ingested or ready: there is nothing to do again.')
}
