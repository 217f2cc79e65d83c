import { KnowledgeChunk } from '../../models/knowledge-chunk.ts'
import { KnowledgeFile } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { NotFound } from '../errors.ts'
import { adjust, STANDING_PERIOD } from '../limits/counters.ts'
import { ownedBy } from './internal/access.ts'
import { removeBytes } from './internal/store-bytes.ts'

/**
 * Deletes a file with its bytes, passages and vectors, and gives its quota back. The bytes go first: should
 * the process end in between, the file is still listed and deleting it again finishes the work.
 * @throws NotFound
 */
export async function deleteFile(caller: TenantCaller, fileId: string): Promise<void> {
  const filter = { _id: fileId, clerkId: ownedBy(caller), status: { $ne: 'uploading' as const } }
  const file = await KnowledgeFile.findOne(filter, { storagePath: 1 }).lean()
  if (!file) throw new NotFound('file', fileId)
  if (file.storagePath) await removeBytes(file.storagePath)
  await inTransaction(async session => {
    const deleted = await KnowledgeFile.findOneAndDelete(filter, { session }).lean()
    if (!deleted) return
    await KnowledgeChunk.deleteMany({ clerkId: deleted.clerkId ?? null, fileId }, { session })
    // A row from before this API was never counted: it names no uploader.
    if (!deleted.uploadedBy) return
    const amounts = { files: -1, bytes: -deleted.reservedBytes }
    await adjust(deleted.uploadedBy, STANDING_PERIOD, amounts, session)
  })
}
