import { KnowledgeFile } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { config } from '../config.ts'
import { AppError, NotConfigured } from '../errors.ts'
import { limitsOf } from '../limits/plans.ts'
import { sweepUploads } from './internal/dead-uploads.ts'
import { checkedName } from './internal/file-name.ts'
import { requireMayShare } from './internal/may-share.ts'
import { claimedType } from './internal/media-type.ts'
import { reserveFile } from './internal/reservation.ts'
import { tooLarge } from './internal/store-bytes.ts'

/** How long an address takes bytes. */
const VALID_SECONDS = 60 * 60
/** A request that begins in time may still be arriving long after. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000

/** A file that its sender will put into the bucket itself. */
export type AnnouncedFile = { name: string; size: number; mimeType?: string | undefined; shared: boolean }

/** What to send where; the bytes then count as uploaded once `completeUpload` says so. */
export type PresignedUpload = {
  fileId: string
  url: string
  method: 'PUT'
  headers: Record<string, string>
  expiresAt: Date
}

/**
 * Begins a direct upload: takes the quota now and gives out an address for exactly these bytes. A `fileId` that
 * retries share makes one upload of them.
 * @throws AppError `forbidden`, `too_large`, `conflict`; NotConfigured, InvalidInput, LimitReached
 */
export async function presignUpload(
  caller: TenantCaller,
  announced: AnnouncedFile,
  fileId: string | null = null,
): Promise<PresignedUpload> {
  requireMayShare(caller, announced.shared)
  const provider = config().STORAGE_PROVIDER
  if (provider === 'mongodb_gridfs') throw new NotConfigured(['STORAGE_PROVIDER (s3 or cloudflare_r2)'])
  const { presignPut } = await import('./internal/storage/s3-presign.ts')
  const name = checkedName(announced.name, 'name')
  const { bytesPerFile } = limitsOf(caller.account)
  if (bytesPerFile !== null && announced.size > bytesPerFile) throw tooLarge(bytesPerFile)

  await sweepUploads(caller.clerkId)
  const mimeType = claimedType(announced.mimeType ?? '')
  const now = Date.now()
  const abandonedAt = new Date(now + ABANDONED_AFTER_MS)
  const { size, shared } = announced
  const place =
    (fileId && (await renewed(caller.clerkId, fileId, shared, abandonedAt))) ||
    (await reserveFile(caller.account, {
      fileId,
      name,
      bytes: size,
      direct: { mimeType, shared, abandonedAt },
    }))
  const put = { key: place.storagePath, size, mimeType, seconds: VALID_SECONDS }
  const { url, headers } = await presignPut(provider, put)
  const expiresAt = new Date(now + VALID_SECONDS * 1000)
  return { fileId: place.fileId, url, method: 'PUT', headers, expiresAt }
}

/** The place that an earlier attempt at the same request reserved; null when there was none. */
async function renewed(clerkId: string, fileId: string, shared: boolean, abandonedAt: Date) {
  const own = { _id: fileId, clerkId: shared ? null : clerkId, uploadedBy: clerkId }
  const file = await KnowledgeFile.findOneAndUpdate(
    { ...own, status: 'uploading' as const, abandonedAt: { $gt: new Date() } },
    { $set: { abandonedAt } },
    { projection: { storagePath: 1 } },
  ).lean()
  if (file?.storagePath) return { fileId, storagePath: file.storagePath }
  if (await KnowledgeFile.exists(own))
    throw new AppError('conflict', 'This upload has come to its end already.')
  return null
}
