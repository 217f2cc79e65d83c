import type { ClientSession } from 'mongoose'
import { KnowledgeFile } from '../../models/knowledge-file.ts'
import { recordAction } from '../audit/record-action.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { NotFound } from '../errors.ts'
import { adjust, STANDING_PERIOD } from '../limits/counters.ts'
import { log } from '../log.ts'
import { ownedBy } from './internal/access.ts'
import { removeChunks } from './internal/chunk-store.ts'
import { sharingAdmin } from './internal/may-share.ts'
import { leaveRemains, supersedeFile } from './internal/reservation.ts'
import { blockBytes, removeBytes } from './internal/store-bytes.ts'

const FIELDS = { clerkId: 1, storageProvider: 1, storagePath: 1, abandonedAt: 1 } as const

/**
 * Deletes a file with its bytes, passages and vectors, and gives its quota back. The bytes go first: should
 * the process end in between, the file is still listed and deleting it again finishes the work. A direct upload
 * of the caller's own may be given up so, too.
 * @throws NotFound
 */
export async function deleteFile(caller: TenantCaller, fileId: string): Promise<void> {
  const filter = { _id: fileId, clerkId: ownedBy(caller), status: { $ne: 'uploading' as const } }
  const file = await KnowledgeFile.findOne(filter, FIELDS).lean()
  if (!file) return giveUpUpload(caller, fileId)
  const { storageProvider, storagePath } = file
  const mayArrive = isOpen(file)
  if (storagePath) await (mayArrive ? blockBytes : removeBytes)({ storageProvider, storagePath })
  await inTransaction(async session => {
    const deleted = await KnowledgeFile.findOneAndDelete(filter, { session }).lean()
    if (!deleted) return
    const clerkId = deleted.clerkId ?? null
    if (clerkId === null) await noteDeleted(caller, fileId, deleted.name, session)
    await removeChunks(session, { clerkId, fileId })
    if (storagePath && mayArrive)
      await leaveRemains({ clerkId, storageProvider, storagePath }, deleted.abandonedAt ?? null, session)
    // A row from before this API was never counted: it names no uploader.
    if (!deleted.uploadedBy) return
    const amounts = { files: -1, bytes: -deleted.reservedBytes }
    await adjust(deleted.uploadedBy, STANDING_PERIOD, amounts, session)
  })
}

/** Only of a shared file: one's own is nobody else's matter. */
async function noteDeleted(caller: TenantCaller, id: string, name: string, session: ClientSession) {
  const changes = { name: { from: name, to: null } }
  const target = { type: 'file', id } as const
  await recordAction(sharingAdmin(caller), { action: 'shared_file.deleted', target, changes }, session)
}

/** Whether an address given out for a direct upload may still put bytes there. */
function isOpen({ abandonedAt }: { abandonedAt?: Date | null }): boolean {
  return abandonedAt instanceof Date && abandonedAt > new Date()
}

/** Here the record goes first, so that nobody completes the upload. @throws NotFound */
async function giveUpUpload(caller: TenantCaller, fileId: string): Promise<void> {
  const own = { _id: fileId, clerkId: ownedBy(caller), uploadedBy: caller.clerkId }
  const upload = await KnowledgeFile.findOne({ ...own, status: 'uploading' as const }, FIELDS).lean()
  if (!upload?.storagePath || !isOpen(upload)) throw new NotFound('file', fileId)
  const { clerkId = null, storageProvider, storagePath } = upload
  const place = { fileId, clerkId, storageProvider, storagePath }
  if (!(await supersedeFile(place))) throw new NotFound('file', fileId)
  try {
    await blockBytes(place)
  } catch (error) {
    log().error({ err: error, fileId }, 'the bytes of an upload are left to the sweep')
  }
}
