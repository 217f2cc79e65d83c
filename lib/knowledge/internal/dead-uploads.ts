import { setTimeout as sleep } from 'node:timers/promises'
import type { QueryFilter } from 'mongoose'
import { KnowledgeFile, type KnowledgeFileDocument } from '../../../models/knowledge-file.ts'
import { inBackground } from '../../background.ts'
import { log } from '../../log.ts'
import { giveUpFile, type Place, releaseFile } from './reservation.ts'
import { removeBytes } from './store-bytes.ts'

/** Three times as long as a function may run: an upload that began before that is dead. */
const DEAD_AFTER_MS = 15 * 60 * 1000

/** Most dead uploads that one sweep of a tenant removes, and how long the upload that caused it waits for it. */
const MOST_AT_ONCE = 20
const PATIENCE_MS = 2_000

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

/**
 * Removes what uploads of a tenant left behind when their process ended, and gives their quota back. Resolves
 * when that is done or has taken too long: it then goes on by itself.
 */
export async function sweepUploads(clerkId: string): Promise<void> {
  const swept = sweepTenant(clerkId)
  inBackground('sweep uploads', swept)
  const patience = sleep(PATIENCE_MS, undefined, { ref: false })
  await Promise.race([swept.catch(() => {}), patience])
}

/** Where one cannot be removed, the storage is away: the others wait for a later sweep. */
async function sweepTenant(clerkId: string): Promise<void> {
  const dead = await KnowledgeFile.find({ clerkId, ...deadUploads() }, SWEPT_FIELDS)
    .limit(MOST_AT_ONCE)
    .lean()
  for (const upload of dead) if ((await sweepUpload(upload)) === 'failed') return
}

type Dead = Pick<KnowledgeFileDocument, 'storageProvider'> & {
  _id: { toHexString(): string }
  clerkId?: string | null | undefined
  storagePath?: string | null | undefined
}

/**
 * Removes a dead upload, first of all the hope that it ends. One that was settled or swept since it was found is
 * left alone. A failure is only logged.
 */
export async function sweepUpload(found: Dead): Promise<'swept' | 'left' | 'failed'> {
  const { _id, clerkId, storageProvider, storagePath } = found
  const fileId = _id.toHexString()
  const place: Place = { fileId, clerkId: clerkId ?? null, storageProvider, storagePath: storagePath ?? '' }
  try {
    if (!(await giveUpFile(place))) return 'left'
    log().warn({ fileId }, 'sweeping an upload whose process ended')
    if (storagePath) await removeBytes(place)
    await releaseFile(place)
    return 'swept'
  } catch (error) {
    log().error({ err: error, fileId }, 'an upload could not be swept')
    return 'failed'
  }
}

/** Removes what an attempt stored whose place another one took meanwhile. */
export async function sweepRemains({ clerkId, fileId, storageProvider, storagePath }: Place): Promise<void> {
  const superseded = {
    clerkId,
    status: 'uploading' as const,
    storageProvider,
    storagePath,
    _id: { $ne: fileId },
  }
  const remains = await KnowledgeFile.findOne(superseded, SWEPT_FIELDS).lean()
  if (remains) await sweepUpload(remains)
}
