import type { Readable } from 'node:stream'
import { isAdmin, type TenantCaller } from '../auth/caller.ts'
import { inBackground } from '../background.ts'
import { AppError, InvalidInput } from '../errors.ts'
import { limitsOf } from '../limits/plans.ts'
import { log } from '../log.ts'
import { getFile } from './get-file.ts'
import { ingestFile } from './ingest-file.ts'
import { wasUploaded } from './internal/earlier-attempt.ts'
import { detectMediaType, isTextLike } from './internal/media-type.ts'
import { isSettled, type Reservation, releaseFile, reserveFile, settleFile } from './internal/reservation.ts'
import { removeBytes, storeBytes, tooLarge } from './internal/store-bytes.ts'
import { sweepUploads } from './internal/sweep-uploads.ts'
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
  const name = incoming.name
    .normalize('NFC')
    .replace(/\p{Cc}/gu, '')
    .trim()
  if (name === '' || name.length > 255)
    throw new InvalidInput([{ path: 'file', message: 'Needs a name of 1–255 characters' }])
  const { bytesPerFile } = limitsOf(caller.account)
  const atLeast = Math.max(0, (incoming.announcedBytes ?? 0) - MULTIPART_OVERHEAD_BYTES)
  if (bytesPerFile !== null && atLeast > bytesPerFile) throw tooLarge(bytesPerFile)

  await sweepUploads(caller.clerkId)
  if (fileId !== null && (await wasUploaded(caller.clerkId, fileId, incoming))) return getFile(caller, fileId)
  const reservation = await reserveFile(caller.account, { fileId, name, bytes: atLeast })
  const { clerkId, shared } = await receive(caller, incoming, reservation, name).catch(async error => {
    await discard(reservation)
    throw error
  })
  inBackground('ingest file', ingestFile(reservation.fileId, shared ? null : clerkId))
  return getFile(caller, reservation.fileId)
}

async function receive(caller: TenantCaller, incoming: IncomingFile, reservation: Reservation, name: string) {
  const { storageId, path, limits, clerkId } = reservation
  const { size, sha256, head } = await storeBytes(storageId, path, incoming.bytes, limits.bytesPerFile)
  const { shared } = await incoming.fields()
  if (shared && !isAdmin(caller))
    throw new AppError('forbidden', 'Only an admin may share a file with everyone.')
  const mimeType = await detectMediaType(head, incoming.declaredType, name)
  const status = isTextLike(mimeType) && size > 0 ? 'processing' : 'ready'
  await settleFile(reservation, { size, sha256, mimeType, shared, status })
  return { clerkId, shared }
}

/** What a failure here leaves is found by its `uploading` record; the caller's own error matters more. */
async function discard(reservation: Reservation): Promise<void> {
  try {
    if (await isSettled(reservation)) return
    await removeBytes(reservation.storageId)
    await releaseFile(reservation)
  } catch (error) {
    log().error({ err: error, fileId: reservation.fileId }, 'an upload could not be discarded')
  }
}
