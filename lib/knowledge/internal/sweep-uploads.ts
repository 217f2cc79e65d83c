import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { log } from '../../log.ts'
import { releaseFile } from './reservation.ts'
import { removeBytes } from './store-bytes.ts'

/** Three times as long as a function may run: an upload that began before that is dead. */
const DEAD_AFTER_MS = 15 * 60 * 1000

/** Removes what uploads of a tenant left behind when their process ended, and gives their quota back. */
export async function sweepUploads(clerkId: string): Promise<void> {
  const createdAt = { $lt: new Date(Date.now() - DEAD_AFTER_MS) }
  const dead = await KnowledgeFile.find(
    { clerkId, status: 'uploading' as const, createdAt },
    { storagePath: 1 },
  ).lean()
  for (const { _id, storagePath } of dead) {
    log().warn({ fileId: _id }, 'sweeping an upload whose process ended')
    if (!storagePath) continue
    await removeBytes(storagePath)
    await releaseFile({ fileId: _id.toHexString(), clerkId, storageId: storagePath })
  }
}
