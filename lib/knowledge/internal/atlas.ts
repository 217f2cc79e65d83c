import { Types } from 'mongoose'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { createRanking, type Nearest, RANKED_FIELDS, type Wanted } from './ranking.ts'

/** How many times more than asked for are ranked here, since the index may hold its vectors quantised. */
const RANKED_PER_HIT = 2
/** Neighbours looked at for each one found, as Atlas recommends. */
const LOOKED_AT_PER_FOUND = 20

type StoredChunk = { fileId: Types.ObjectId; index: number; text: string; vector: unknown }

/**
 * The passages nearest to a query as far as an Atlas Vector Search index finds them (it is approximate, and
 * follows changes with a delay), ranked here by exact cosine. The index is described in atlas/.
 */
export async function vectorSearch(index: string, wanted: Wanted): Promise<Nearest> {
  const limit = wanted.topK * RANKED_PER_HIT
  // The stage runs at no other read concern.
  const found = await KnowledgeChunk.aggregate<StoredChunk>([
    {
      $vectorSearch: {
        index,
        path: 'vector',
        queryVector: Array.from(wanted.query),
        numCandidates: limit * LOOKED_AT_PER_FOUND,
        limit,
        filter: filterOf(wanted),
      },
    },
    { $project: RANKED_FIELDS },
  ]).readConcern('local')
  const ranking = createRanking(wanted)
  for (const chunk of found) ranking.offer(chunk)
  const fileIds = ranking.best.map(({ fileId }) => fileId)
  const files = await KnowledgeFile.find(
    { _id: { $in: fileIds }, clerkId: wanted.tenants },
    { name: 1 },
  ).lean()
  return { best: ranking.best, names: new Map(files.map(({ _id, name }) => [_id.toHexString(), name])) }
}

/** Atlas' `$in` takes neither null nor values of several types, and casts no strings. */
function filterOf({ tenants, fileIds }: Wanted) {
  return {
    $or: tenants.$in.map(clerkId => ({ clerkId })),
    ...(fileIds && { fileId: { $in: fileIds.map(id => new Types.ObjectId(id)) } }),
  }
}
