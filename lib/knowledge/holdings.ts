import { KnowledgeChunk } from '../../models/knowledge-chunk.ts'
import { KnowledgeCodes } from '../../models/knowledge-codes.ts'
import { KnowledgeFile, type KnowledgeFileDocument } from '../../models/knowledge-file.ts'
import { type Deadline, hasTime } from '../deadline.ts'
import type { Holding, Owner } from '../privacy/holding.ts'
import { plainHolding, removeRows, rowsOf } from '../privacy/rows.ts'
import { BUCKET_NAME } from './internal/bucket.ts'
import { safeName } from './internal/file-name.ts'
import { isWhole } from './internal/storage/is-whole.ts'
import { storageOf } from './internal/storage/storage.ts'
import { removeBytes } from './internal/store-bytes.ts'

/** A file that was shared with everyone stays; that it was this owner who shared it does not. */
export const files: Holding = {
  name: 'files',
  about: 'Your files, and uploads that never ended. `content` says where in this archive the file itself is.',
  collections: ['knowledgefiles', `${BUCKET_NAME}.files`, `${BUCKET_NAME}.chunks`],
  async *rows(owner) {
    for await (const file of filesOf(owner)) yield { ...shownOf(file), ...(await contentOf(file)) }
  },
  async *attachments(owner) {
    for await (const file of filesOf(owner)) {
      const { content } = await contentOf(file)
      const { storageProvider, storagePath } = file
      if (!content || !storagePath) continue
      const open = async () => (await storageOf(storageProvider)).read(storagePath, null)
      yield { path: content, open }
    }
  },
  async remove(owner, deadline) {
    const isClear = await removeFiles(owner, deadline)
    if (isClear) await disownShared(owner)
    return isClear
  },
}

/** After the files: whatever still reads one stores no more passages of it once its record is gone. */
export const passages: Holding = {
  ...plainHolding({
    name: 'passages',
    about: 'The passages that your files were cut into to be searched.',
    model: KnowledgeChunk,
    hidden: { vector: 0 },
  }),
  collections: ['knowledgechunks', 'knowledgecodes'],
  async remove({ clerkId }, deadline) {
    const isClear = await removeRows(KnowledgeChunk, { clerkId }, deadline)
    return isClear && (await removeRows(KnowledgeCodes, { clerkId }, deadline))
  },
}

type StoredFile = Omit<KnowledgeFileDocument, 'embedding'> & { id: { toHexString(): string } }

/** With uploads that were to be shared and never came to their end. */
function filesOf({ clerkId }: Owner): AsyncIterable<StoredFile> {
  const isOwn = [{ clerkId }, { uploadedBy: clerkId, status: 'uploading' as const }]
  const filter = { clerkId: { $in: [clerkId, null] }, $or: isOwn }
  return rowsOf(KnowledgeFile, filter, { embedding: 0 }) as unknown as AsyncIterable<StoredFile>
}

function shownOf(file: StoredFile): object {
  const { id, path, name, size, mimeType, sha256, status, error, embedded, chunks, chunksDone } = file
  const { summary, piiFound, usage, createdAt, updatedAt } = file
  const made = { embedded, chunks, chunksDone, summary, piiFound, usage }
  return { id, path, name, size, mimeType, sha256, status, error, ...made, createdAt, updatedAt }
}

/** Where in the archive a file's bytes are; of an upload that never ended there are none. */
async function contentOf(file: StoredFile): Promise<{ content?: string; contentMissing?: true }> {
  const { id, name, status, storageProvider, storagePath } = file
  if (status === 'uploading') return {}
  if (!storagePath || !(await isWhole(storageProvider, storagePath))) return { contentMissing: true }
  return { content: `files/${id.toHexString()}-${safeName(name)}` }
}

/** The bytes go first: should the process end in between, their record leads to them. */
async function removeFiles(owner: Owner, deadline: Deadline): Promise<boolean> {
  for await (const { id, storageProvider, storagePath } of filesOf(owner)) {
    if (!hasTime(deadline)) return false
    if (storagePath) await removeBytes({ storageProvider, storagePath })
    await KnowledgeFile.deleteOne({ _id: id, clerkId: { $in: [owner.clerkId, null] } })
  }
  return true
}

async function disownShared({ clerkId }: Owner): Promise<void> {
  const shared = { clerkId: null, uploadedBy: clerkId }
  await KnowledgeFile.updateMany(shared, { $set: { uploadedBy: null } }, { timestamps: false })
}
