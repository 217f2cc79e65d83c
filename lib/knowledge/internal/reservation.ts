import { Types } from 'mongoose'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { inTransaction } from '../../db/transaction.ts'
import { AppError, LimitReached } from '../../errors.ts'
import { adjust, ensureCounter, readCounters, reserve, STANDING_PERIOD } from '../../limits/counters.ts'
import { type Limits, limitsOf } from '../../limits/plans.ts'
import { upgradeUrl } from '../../limits/upgrade-url.ts'
import type { Account } from '../../users/account.ts'
import { readableBy } from './access.ts'

/** A file's place in the quota and in the list of files, taken before its first byte is stored. */
export type Reservation = {
  fileId: string
  storageId: string
  path: string
  clerkId: string
  limits: Limits
  bytes: number
}

/**
 * Takes one file and `bytes` out of the quota and records the file as `uploading`, together: a crash later
 * leaves a record that says what to give back.
 * @throws LimitReached
 */
export async function reserveFile(
  account: Account,
  { fileId, name, bytes }: { fileId: string | null; name: string; bytes: number },
): Promise<Reservation> {
  const { clerkId } = account
  const limits = limitsOf(account)
  const _id = new Types.ObjectId(fileId ?? undefined)
  const storageId = new Types.ObjectId().toHexString()
  const path = `uploads/${_id.toHexString()}-${safeName(name)}`
  await ensureCounter(clerkId, STANDING_PERIOD)
  await inTransaction(async session => {
    const amounts = { files: 1, bytes }
    const granted = await reserve(clerkId, STANDING_PERIOD, amounts, limits, { session })
    if (!granted) throw await limitReached(clerkId, limits, amounts)
    const fields = {
      _id,
      path,
      name,
      storagePath: storageId,
      clerkId,
      uploadedBy: clerkId,
      reservedBytes: bytes,
      status: 'uploading' as const,
    }
    await KnowledgeFile.create([fields], { session })
  })
  return { fileId: _id.toHexString(), storageId, path, clerkId, limits, bytes }
}

export type Settlement = {
  size: number
  sha256: string
  mimeType: string
  shared: boolean
  status: 'processing' | 'ready'
}

/** Corrects the reservation to the real size and makes the file visible. @throws LimitReached, AppError `conflict` */
export async function settleFile(reservation: Reservation, settlement: Settlement): Promise<void> {
  const { clerkId, limits, bytes } = reservation
  const { shared, size, ...facts } = settlement
  await inTransaction(async session => {
    const amounts = { bytes: size - bytes }
    const ceilings = amounts.bytes > 0 ? limits : {}
    const granted = await reserve(clerkId, STANDING_PERIOD, amounts, ceilings, { session })
    if (!granted) throw await limitReached(clerkId, limits, amounts)
    const update = { ...facts, size, reservedBytes: size, ...(shared && { clerkId: null }) }
    const { matchedCount } = await KnowledgeFile.updateOne(
      arriving(reservation),
      { $set: update },
      { session },
    )
    if (matchedCount === 0) throw new AppError('conflict', 'Another attempt at this upload took over.')
  })
}

type Place = Pick<Reservation, 'fileId' | 'clerkId' | 'storageId'>

/** Filter for the record of an upload under way: attempts share its id, each has bytes of its own. */
function arriving({ fileId, clerkId, storageId }: Place) {
  return { _id: fileId, clerkId, status: 'uploading' as const, storagePath: storageId }
}

/** Whether the file was settled: an answer lost on the way does not mean that it was not. */
export async function isSettled({ fileId, clerkId, storageId }: Place): Promise<boolean> {
  const settled = { storagePath: storageId, status: { $ne: 'uploading' as const } }
  return (await KnowledgeFile.exists({ _id: fileId, clerkId: readableBy(clerkId), ...settled })) !== null
}

/** Gives a reservation back and forgets the file; doing it again changes nothing. */
export async function releaseFile(place: Place): Promise<void> {
  const { clerkId } = place
  await inTransaction(async session => {
    const file = await KnowledgeFile.findOneAndDelete(arriving(place), { session }).lean()
    if (file) await adjust(clerkId, STANDING_PERIOD, { files: -1, bytes: -file.reservedBytes }, session)
  })
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

/** The name in a form that every storage and file system accepts. */
function safeName(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '')
  const safe = plain
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(-100)
  return safe || 'file'
}
