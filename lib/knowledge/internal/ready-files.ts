import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import type { Wanted } from './ranking.ts'

/**
 * A file that may be searched. Its passages are those of its `stamp`: no write to passages goes without one to
 * their file, in the same transaction, which changes it.
 */
export type ReadyFile = { clerkId: string | null; name: string; chunks: number; stamp: number }

/** The files that a search may find passages of, by id. */
export async function readyFiles({ tenants, fileIds }: Wanted): Promise<Map<string, ReadyFile>> {
  const scope = { clerkId: tenants, status: 'ready' as const, ...(fileIds && { _id: { $in: fileIds } }) }
  const files = await KnowledgeFile.find(scope, { clerkId: 1, name: 1, chunks: 1, updatedAt: 1 }).lean()
  return new Map(
    files.map(({ _id, clerkId, name, chunks, updatedAt }) => [
      _id.toHexString(),
      { clerkId: clerkId ?? null, name, chunks: chunks ?? 0, stamp: updatedAt?.getTime() ?? 0 },
    ]),
  )
}
