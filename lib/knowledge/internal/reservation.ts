import { type ClientSession, Types } from 'mongoose'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { recordAction } from '../../audit/record-action.ts'
import type { TenantCaller } from '../../auth/caller.ts'
import { config } from '../../config.ts'
import { inTransaction } from '../../db/transaction.ts'
import { AppError, LimitReached } from '../../errors.ts'
import { adjust, ensureCounter, readCounters, reserve, STANDING_PERIOD } from '../../limits/counters.ts'
import { type Limits, limitsOf } from '../../limits/plans.ts'
import { upgradeUrl } from '../../limits/upgrade-url.ts'
import type { Account } from '../../users/account.ts'
import { FILE_FIELDS, type FileView, toFileView } from '../view.ts'
import { safeName } from './file-name.ts'
import { sharingAdmin } from './may-share.ts'
import { type StorageProvider, storageOf } from './storage/storage.ts'

/** The record of an upload under way: attempts may share its id, each has bytes of its own. */
export type Place = {
  fileId: string
  /** The tenant of the record, null for a file that is to be shared. */
  clerkId: string | null
  storageProvider: StorageProvider
  storagePath: string
}

/** A file's place in the quota and in the list of files, taken before its first byte is stored. */
export type Reservation = Place & {
  path: string
  /** Who pays for it. */
  uploadedBy: string
  limits: Limits
  bytes: number
  /** Of a direct upload: when nothing can arrive any more. */
  abandonedAt: Date | null
}

export type Asked = {
  fileId: string | null
  name: string
  bytes: number
  /** Of a direct upload, what an upload by multipart tells only at its end. */
  direct?: { mimeType: string; shared: boolean; abandonedAt: Date }
}

/**
 * Takes one file and `bytes` out of the quota and records the file as `uploading`, together: a crash later
 * leaves a record that says what to give back.
 * @throws LimitReached, NotConfigured
 */
export async function reserveFile(
  account: Account,
  { fileId, name, bytes, direct }: Asked,
): Promise<Reservation> {
  const uploadedBy = account.clerkId
  const limits = limitsOf(account)
  const _id = new Types.ObjectId(fileId ?? undefined)
  const safe = safeName(name)
  const record = {
    path: `uploads/${_id.toHexString()}-${safe}`,
    clerkId: direct?.shared ? null : uploadedBy,
    uploadedBy,
    abandonedAt: direct?.abandonedAt ?? null,
    ...(await freshStorage(safe)),
  }
  await ensureCounter(uploadedBy, STANDING_PERIOD)
  await inTransaction(async session => {
    const amounts = { files: 1, bytes }
    const granted = await reserve(uploadedBy, STANDING_PERIOD, amounts, limits, { session })
    if (!granted) throw await limitReached(uploadedBy, limits, amounts)
    const fields = { ...record, _id, name, reservedBytes: bytes, status: 'uploading' as const }
    await KnowledgeFile.create([{ ...fields, ...(direct && { mimeType: direct.mimeType }) }], { session })
  })
  return { ...record, fileId: _id.toHexString(), limits, bytes }
}

/** Where new bytes go: a place that no other attempt has. @throws NotConfigured */
async function freshStorage(safe: string): Promise<Pick<Place, 'storageProvider' | 'storagePath'>> {
  const { STORAGE_PROVIDER: storageProvider } = config()
  await storageOf(storageProvider)
  const unique = new Types.ObjectId().toHexString()
  const storagePath = storageProvider === 'mongodb_gridfs' ? unique : `uploads/${unique}-${safe}`
  return { storageProvider, storagePath }
}

export type Settlement = {
  size: number
  sha256: string
  mimeType: string
  shared: boolean
  status: 'processing' | 'ready'
}

/**
 * Corrects the reservation to the real size and makes the file visible.
 * @throws LimitReached, AppError `conflict` when another attempt or a sweep took over
 */
export async function settleFile(
  caller: TenantCaller,
  reservation: Reservation,
  settlement: Settlement,
): Promise<FileView> {
  const { uploadedBy, limits, bytes, abandonedAt } = reservation
  const { shared, size, ...facts } = settlement
  return inTransaction(async session => {
    const amounts = { bytes: size - bytes }
    const ceilings = amounts.bytes > 0 ? limits : {}
    const granted = await reserve(uploadedBy, STANDING_PERIOD, amounts, ceilings, { session })
    if (!granted) throw await limitReached(uploadedBy, limits, amounts)
    const update = { ...facts, size, reservedBytes: size, ...(shared && { clerkId: null }) }
    const settled = await KnowledgeFile.findOneAndUpdate(
      { ...uploadingAt(reservation), abandonedAt },
      { $set: update },
      { session, returnDocument: 'after', projection: FILE_FIELDS },
    ).lean()
    if (!settled) throw new AppError('conflict', 'Another attempt at this upload took over.')
    if (shared) await noteShared(caller, reservation.fileId, settled.name, session)
    return toFileView(settled)
  })
}

async function noteShared(caller: TenantCaller, id: string, name: string, session: ClientSession) {
  const changes = { name: { from: null, to: name } }
  const target = { type: 'file', id } as const
  await recordAction(sharingAdmin(caller), { action: 'file.shared', target, changes }, session)
}

function uploadingAt({ fileId, clerkId, storagePath }: Place) {
  return { _id: fileId, clerkId, status: 'uploading' as const, storagePath }
}

/**
 * From now on the upload cannot be settled, by whoever it may be; false when it was settled or is gone, so that
 * its bytes are not for the asking one to remove.
 */
export async function giveUpFile(place: Place): Promise<boolean> {
  const givenUp = { $set: { abandonedAt: new Date(0) } }
  const { matchedCount } = await KnowledgeFile.updateOne(uploadingAt(place), givenUp)
  return matchedCount === 1
}

/** Gives a reservation back and forgets the file; doing it again changes nothing. */
export async function releaseFile(place: Place): Promise<void> {
  await inTransaction(session => release(place, session))
}

/**
 * Gives a reservation back, and its id, though bytes may still arrive: they are found by a record of its own,
 * which is swept in its time. False when the upload was settled or is gone.
 */
export async function supersedeFile(place: Place): Promise<boolean> {
  return inTransaction(async session => {
    const file = await release(place, session)
    if (file) await leaveRemains(place, file.abandonedAt ?? null, session)
    return file !== null
  })
}

async function release(place: Place, session: ClientSession) {
  const file = await KnowledgeFile.findOneAndDelete(uploadingAt(place), { session }).lean()
  // What only remains of an upload is nobody's quota any more.
  if (file?.uploadedBy) {
    const amounts = { files: -1, bytes: -file.reservedBytes }
    await adjust(file.uploadedBy, STANDING_PERIOD, amounts, session)
  }
  return file
}

/** Records where bytes may still arrive that no file wants, for the sweep; by `abandonedAt` they have. */
export async function leaveRemains(
  { clerkId, storageProvider, storagePath }: Omit<Place, 'fileId'>,
  abandonedAt: Date | null,
  session: ClientSession,
): Promise<void> {
  const _id = new Types.ObjectId()
  const path = `uploads/${_id.toHexString()}-remains`
  const place = { clerkId, storageProvider, storagePath }
  const record = { _id, path, name: 'remains', status: 'uploading' as const, ...place, abandonedAt }
  await KnowledgeFile.create([record], { session })
}

async function limitReached(
  clerkId: string,
  limits: Limits,
  asked: { files?: number; bytes: number },
): Promise<LimitReached> {
  const used = await readCounters(clerkId)
  const isFull = asked.files !== undefined && limits.files !== null && used.files + asked.files > limits.files
  const [what, limit, taken] = isFull
    ? (['files', limits.files, used.files] as const)
    : (['bytes', limits.bytes, used.bytes] as const)
  return new LimitReached(what === 'files' ? 'files' : 'bytes of files', {
    limit: limit ?? 0,
    used: taken,
    upgradeUrl: upgradeUrl(),
  })
}
