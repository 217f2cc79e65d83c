import { KnowledgeFile } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { inBackground } from '../background.ts'
import { AppError, NotFound } from '../errors.ts'
import { ingestFile } from './ingest-file.ts'
import { ownedBy } from './internal/access.ts'
import { FILE_FIELDS, type FileView, toFileView } from './view.ts'

/** Ingests a file of the caller's own that failed from the beginning. @throws NotFound, AppError `conflict` */
export async function retryFile(caller: TenantCaller, fileId: string): Promise<FileView> {
  const own = { _id: fileId, clerkId: ownedBy(caller) }
  const file = await KnowledgeFile.findOneAndUpdate(
    { ...own, status: 'failed' as const },
    { $set: { status: 'processing', error: null, attempts: 0, leaseUntil: null, leaseId: null } },
    { projection: FILE_FIELDS, returnDocument: 'after' },
  ).lean()
  if (file) {
    inBackground('ingest file again', ingestFile(fileId, file.clerkId ?? null))
    return toFileView(file)
  }
  if (!(await KnowledgeFile.exists({ ...own, status: { $ne: 'uploading' as const } })))
    throw new NotFound('file', fileId)
  throw new AppError('conflict', 'Only a file that failed can be ingested again.')
}
