import { KnowledgeFile } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { NotFound } from '../errors.ts'
import { adjust, STANDING_PERIOD } from '../limits/counters.ts'
import { ownedBy } from './internal/access.ts'
import { removeChunks } from './internal/chunk-store.ts'
import { leaveRemains } from './internal/reservation.ts'
import { removeBytes } from './internal/store-bytes.ts'

/**
 * Deletes a file with its bytes, passages and vectors, and gives its quota back. The bytes go first: should
 * the process end in between, the file is still listed and deleting it again finishes the work.
 * @throws NotFound
 */
export async function deleteFile(caller: TenantCaller, fileId: string): Promise<void> {
  const filter = { _id: fileId, clerkId: ownedBy(caller), status: { $ne: 'uploading' as const } }
  const file = await KnowledgeFile.findOne(filter, { storageProvider: 1, storagePath: 1 }).lean()
  if (!file) throw new NotFound('file', fileId)
  const { storageProvider, storagePath } = file
  if (storagePath) await removeBytes({ storageProvider, storagePath })
  await inTransaction(async session => {
    const deleted = await KnowledgeFile.findOneAndDelete(filter, { session }).lean()
    if (!deleted) return
    const clerkId = deleted.clerkId ?? null
    await removeChunks(session, { clerkId, fileId })
    // An address given out for a direct upload may put the bytes there once more.
    if (storagePath && deleted.abandonedAt && deleted.abandonedAt > new Date())
      await leaveRemains({ fileId, clerkId, storageProvider, storagePath }, deleted, session)
    // A row from before this API was never counted: it names no uploader.
    if (!deleted.uploadedBy) return
    const amounts = { files: -1, bytes: -deleted.reservedBytes }
    await adjust(deleted.uploadedBy, STANDING_PERIOD, amounts, session)
  })
}
