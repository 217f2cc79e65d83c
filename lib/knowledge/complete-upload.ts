import { KnowledgeFile, type KnowledgeFileDocument } from '../../models/knowledge-file.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { AppError, NotFound } from '../errors.ts'
import { limitsOf } from '../limits/plans.ts'
import { ownedBy } from './internal/access.ts'
import { detectMediaType, isTextLike } from './internal/media-type.ts'
import { type Reservation, settleFile } from './internal/reservation.ts'
import { startIngestion } from './internal/start-ingestion.ts'
import { type Measured, measureStored } from './internal/store-bytes.ts'
import { FILE_FIELDS, type FileView, toFileView } from './view.ts'

/** When to ask again for bytes that are still on their way. */
const RETRY_SECONDS = 2

const FIELDS = {
  ...FILE_FIELDS,
  storageProvider: 1,
  storagePath: 1,
  reservedBytes: 1,
  uploadedBy: 1,
  abandonedAt: 1,
} as const
type Stored = Pick<KnowledgeFileDocument, keyof typeof FIELDS>

/**
 * Ends a direct upload: sees that the announced bytes are there, reads them once, and starts to ingest the file.
 * Nothing changes before the last step, so it can be tried again; a file that is complete is answered again.
 * @throws NotFound; AppError `conflict` when the bytes are not there or not those announced, `unavailable`
 */
export async function completeUpload(caller: TenantCaller, fileId: string): Promise<FileView> {
  const own = { _id: fileId, clerkId: ownedBy(caller), uploadedBy: caller.clerkId }
  const file = await KnowledgeFile.findOne(own, FIELDS).lean()
  if (!file || isGivenUp(file)) throw new NotFound('upload', fileId)
  const view = file.status === 'uploading' ? await settle(caller, fileId, file) : toFileView(file)
  startIngestion(view, file.clerkId ?? null)
  return view
}

/** Neither an upload by multipart nor one whose time is over can be completed. */
function isGivenUp({ status, abandonedAt }: Stored): boolean {
  return status === 'uploading' && !(abandonedAt && abandonedAt > new Date())
}

async function settle(caller: TenantCaller, fileId: string, file: Stored): Promise<FileView> {
  const reservation = reservationOf(caller, fileId, file)
  const { size, sha256, head } = await readArrived(reservation)
  const mimeType = await detectMediaType(head, file.mimeType, file.name)
  const status = isTextLike(mimeType) ? 'processing' : 'ready'
  const shared = reservation.clerkId === null
  try {
    return await settleFile(caller, reservation, { size, sha256, mimeType, shared, status })
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'conflict')) throw error
    return viewOfComplete(reservation, error)
  }
}

/** What is there, once it is what was announced. */
async function readArrived(reservation: Reservation): Promise<Measured> {
  const { objectSize } = await import('./internal/storage/s3.ts')
  const size = await objectSize(reservation.storageProvider, reservation.storagePath)
  if (size === null) throw notYetArrived()
  const measured = size === reservation.bytes ? await measureStored(reservation) : { size }
  if (measured.size === reservation.bytes && 'sha256' in measured) return measured
  throw new AppError('conflict', `${measured.size} bytes have arrived, announced were ${reservation.bytes}.`)
}

/** To be asked again, unlike any other conflict. */
function notYetArrived(): AppError {
  const text = 'The bytes of this file have not arrived yet.'
  return new AppError('conflict', text, { retryAfterSeconds: RETRY_SECONDS })
}

/** Of two who complete an upload at once, the later one finds it complete. */
async function viewOfComplete({ fileId, clerkId }: Reservation, conflict: AppError): Promise<FileView> {
  const complete = { _id: fileId, clerkId, status: { $ne: 'uploading' as const } }
  const file = await KnowledgeFile.findOne(complete, FILE_FIELDS).lean()
  if (!file) throw conflict
  return toFileView(file)
}

function reservationOf(
  { account, clerkId: caller }: TenantCaller,
  fileId: string,
  file: Stored,
): Reservation {
  const { path, storageProvider, storagePath, reservedBytes, abandonedAt } = file
  return {
    fileId,
    path,
    clerkId: file.clerkId ?? null,
    uploadedBy: file.uploadedBy ?? caller,
    storageProvider,
    storagePath: storagePath ?? '',
    limits: limitsOf(account),
    bytes: reservedBytes,
    abandonedAt: abandonedAt ?? null,
  }
}
