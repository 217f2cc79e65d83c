import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { findCandidates, MOST_CANDIDATES } from './candidates.ts'
import { createRanking, type Nearest, RANKED_FIELDS, type Wanted } from './ranking.ts'

/**
 * The passages nearest to a query by exact cosine: candidates by their codes, then these in full precision.
 * Files stored before there were codes are compared in full precision whole.
 */
export async function nearest(wanted: Wanted): Promise<Nearest> {
  const [files, { ids, coded }] = await Promise.all([filesToSearch(wanted), findCandidates(wanted)])
  const uncoded = new Set(
    files
      .filter(({ id, status, chunks }) => status === 'ready' && (coded.get(id) ?? 0) < chunks)
      .map(({ id }) => id),
  )
  const ranking = createRanking(wanted)
  for await (const chunk of passages(wanted, { _id: { $in: ids } }, { _id: 1 })) {
    if (!uncoded.has(chunk.fileId.toHexString())) ranking.offer(chunk)
  }
  if (uncoded.size > 0) {
    const whole = { fileId: { $in: [...uncoded] } }
    for await (const chunk of passages(wanted, whole, { clerkId: 1, fileId: 1, index: 1 })) {
      ranking.offer(chunk)
    }
  }
  return { best: ranking.best, names: new Map(files.map(({ id, name }) => [id, name])) }
}

async function filesToSearch({ tenants, fileIds }: Wanted) {
  const scope = { clerkId: tenants, ...(fileIds && { _id: { $in: fileIds } }) }
  const files = await KnowledgeFile.find(scope, { name: 1, status: 1, chunks: 1 }).lean()
  return files.map(({ _id, name, status, chunks }) => ({ id: _id.toHexString(), name, status, chunks }))
}

function passages({ tenants }: Wanted, which: object, index: Record<string, 1>) {
  return KnowledgeChunk.find({ ...which, clerkId: tenants }, RANKED_FIELDS)
    .hint(index)
    .lean()
    .cursor({ batchSize: MOST_CANDIDATES })
}
