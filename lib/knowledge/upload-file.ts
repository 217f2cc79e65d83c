import type { Readable } from 'node:stream'
import type { TenantCaller } from '../auth/caller.ts'
import { AppError } from '../errors.ts'
import { limitsOf } from '../limits/plans.ts'
import { log } from '../log.ts'
import { sweepRemains, sweepUploads } from './internal/dead-uploads.ts'
import { earlierUpload } from './internal/earlier-attempt.ts'
import { checkedName } from './internal/file-name.ts'
import { requireMayShare } from './internal/may-share.ts'
import { detectMediaType, isTextLike } from './internal/media-type.ts'
import {
  giveUpFile,
  type Reservation,
  releaseFile,
  reserveFile,
  settleFile,
  supersedeFile,
} from './internal/reservation.ts'
import { startIngestion } from './internal/start-ingestion.ts'
import { removeBytes, storeBytes, tooLarge } from './internal/store-bytes.ts'
import type { FileView } from './view.ts'

/** A file as it arrives: bytes to be read once, to the end, and then the fields that came with it. */
export type IncomingFile = {
  name: string
  declaredType: string
  bytes: Readable
  /** An upper bound of the size, when the sender announced one. */
  announcedBytes: number | null
  fields(): Promise<{ shared: boolean }>
}

/** What a multipart body may add to its file: boundaries and part headers. */
const MULTIPART_OVERHEAD_BYTES = 64 * 1024

/**
 * Stores a file, streaming, and starts to ingest it. Quota is reserved before the first byte and settled
 * after the last; a refused or broken upload leaves nothing behind, and what a dead process left goes first.
 * A `fileId` that retries share makes one file of them.
 * @throws AppError `too_large`, `forbidden` for sharing without being admin; LimitReached, InvalidInput
 */
export async function uploadFile(
  caller: TenantCaller,
  incoming: IncomingFile,
  fileId: string | null = null,
): Promise<FileView> {
  const name = checkedName(incoming.name, 'file')
  const { bytesPerFile } = limitsOf(caller.account)
  const atLeast = Math.max(0, (incoming.announcedBytes ?? 0) - MULTIPART_OVERHEAD_BYTES)
  if (bytesPerFile !== null && atLeast > bytesPerFile) throw tooLarge(bytesPerFile)

  await sweepUploads(caller.clerkId)
  const earlier = fileId === null ? null : await earlierUpload(caller.clerkId, fileId, { ...incoming, name })
  const file = earlier ?? (await store(caller, incoming, { fileId, name, bytes: atLeast }))
  startIngestion(file, file.shared ? null : caller.clerkId)
  return file
}

async function store(
  caller: TenantCaller,
  incoming: IncomingFile,
  asked: { fileId: string | null; name: string; bytes: number },
): Promise<FileView> {
  const reservation = await reserveFile(caller.account, asked)
  try {
    return await receive(caller, incoming, reservation, asked.name)
  } catch (error) {
    await discard(reservation, error)
    throw error
  }
}

async function receive(
  caller: TenantCaller,
  incoming: IncomingFile,
  reservation: Reservation,
  name: string,
): Promise<FileView> {
  const { path, limits } = reservation
  const { size, sha256, head } = await storeBytes(reservation, path, incoming.bytes, limits.bytesPerFile)
  const { shared } = await incoming.fields()
  requireMayShare(caller, shared)
  const mimeType = await detectMediaType(head, incoming.declaredType, name)
  const status = isTextLike(mimeType) && size > 0 ? 'processing' : 'ready'
  return settleFile(caller, reservation, { size, sha256, mimeType, shared, status })
}

/**
 * Bytes of a write that the storage did not answer may land later: these are left to the sweep. What a failure
 * here leaves is found by its `uploading` record; the caller's own error matters more.
 */
async function discard(reservation: Reservation, failure: unknown): Promise<void> {
  const isAnswered = failure instanceof AppError && failure.code !== 'unavailable'
  try {
    if (!isAnswered) return void (await supersedeFile(reservation))
    if (!(await giveUpFile(reservation))) return await sweepRemains(reservation)
    await removeBytes(reservation)
    await releaseFile(reservation)
  } catch (error) {
    log().error({ err: error, fileId: reservation.fileId }, 'an upload could not be discarded')
  }
}
