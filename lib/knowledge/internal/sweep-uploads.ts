import type { QueryFilter } from 'mongoose'
import { KnowledgeFile, type KnowledgeFileDocument } from '../../../models/knowledge-file.ts'
import { log } from '../../log.ts'
import { giveUpFile, type Place, releaseFile } from './reservation.ts'
import { removeBytes } from './store-bytes.ts'

/** Three times as long as a function may run: an upload that began before that is dead. */
const DEAD_AFTER_MS = 15 * 60 * 1000

/** Most dead uploads that one sweep of a tenant removes, for the sake of the upload that waits for it. */
const MOST_AT_ONCE = 20

/** What a sweep needs of an upload. */
export const SWEPT_FIELDS = { clerkId: 1, storageProvider: 1, storagePath: 1 } as const

/** Filter for uploads that nobody will end any more; of a direct one also whoever completes it is dead. */
export function deadUploads(): QueryFilter<KnowledgeFileDocument> {
  const before = { $lt: new Date(Date.now() - DEAD_AFTER_MS) }
  return {
    status: 'uploading',
    $or: [{ abandonedAt: null, createdAt: before }, { abandonedAt: before }],
  }
}

/** Removes what uploads of a tenant left behind when their process ended, and gives their quota back. */
export async function sweepUploads(clerkId: string): Promise<void> {
  const dead = await KnowledgeFile.find({ clerkId, ...deadUploads() }, SWEPT_FIELDS)
    .limit(MOST_AT_ONCE)
    .lean()
  for (const upload of dead) await sweepUpload(upload)
}

type Dead = Pick<KnowledgeFileDocument, 'storageProvider'> & {
  _id: { toHexString(): string }
  clerkId?: string | null | undefined
  storagePath?: string | null | undefined
}

/** Removes a dead upload, first of all the hope that it ends; whether it is gone. A failure is only logged. */
export async function sweepUpload({ _id, clerkId, storageProvider, storagePath }: Dead): Promise<boolean> {
  const fileId = _id.toHexString()
  log().warn({ fileId }, 'sweeping an upload whose process ended')
  const place: Place = { fileId, clerkId: clerkId ?? null, storageProvider, storagePath: storagePath ?? '' }
  try {
    await giveUpFile(place)
    if (storagePath) await removeBytes(place)
    await releaseFile(place)
    return true
  } catch (error) {
    log().error({ err: error, fileId }, 'an upload could not be swept')
    return false
  }
}
