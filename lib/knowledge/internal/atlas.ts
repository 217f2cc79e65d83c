import { Types } from 'mongoose'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { createRanking, type Nearest, RANKED_FIELDS, type Wanted } from './ranking.ts'

/** How many times more than asked for are ranked here, since the index may hold its vectors quantised. */
const RANKED_PER_HIT = 2
/** Neighbours looked at for each one found, as Atlas recommends. */
const LOOKED_AT_PER_FOUND = 20
/** Searches, each without the files that the ones before found but that are not ready. */
const MAX_ROUNDS = 4

type StoredChunk = { fileId: Types.ObjectId; index: number; text: string; vector: unknown }

/**
 * The passages of ready files nearest to a query as far as an Atlas Vector Search index finds them (it is
 * approximate, and follows changes with a delay), ranked here by exact cosine. The index is described in atlas/.
 */
export async function vectorSearch(index: string, wanted: Wanted): Promise<Nearest> {
  const without: string[] = []
  for (let round = 1; ; round++) {
    const found = await findChunks(index, wanted, without)
    const fileIds = [...new Set(found.map(({ fileId }) => fileId.toHexString()))]
    const names = await namesOfReady(wanted, fileIds)
    const others = fileIds.filter(fileId => !names.has(fileId))
    without.push(...others)
    if (others.length > 0 && round < MAX_ROUNDS) continue
    const ranking = createRanking(wanted)
    for (const chunk of found) if (names.has(chunk.fileId.toHexString())) ranking.offer(chunk)
    return { best: ranking.best, names }
  }
}

async function findChunks(index: string, wanted: Wanted, without: string[]): Promise<StoredChunk[]> {
  const limit = wanted.topK * RANKED_PER_HIT
  // The stage runs at no other read concern.
  return KnowledgeChunk.aggregate<StoredChunk>([
    {
      $vectorSearch: {
        index,
        path: 'vector',
        queryVector: Array.from(wanted.query),
        numCandidates: limit * LOOKED_AT_PER_FOUND,
        limit,
        filter: filterOf(wanted, without),
      },
    },
    { $project: RANKED_FIELDS },
  ]).readConcern('local')
}

async function namesOfReady({ tenants }: Wanted, fileIds: string[]): Promise<Map<string, string>> {
  const ready = { _id: { $in: fileIds }, clerkId: tenants, status: 'ready' as const }
  const files = await KnowledgeFile.find(ready, { name: 1 }).lean()
  return new Map(files.map(({ _id, name }) => [_id.toHexString(), name]))
}

/** Atlas' lists take neither null nor values of several types, must not be empty, and cast no strings. */
function filterOf({ tenants, fileIds }: Wanted, without: string[]) {
  const ids = (list: string[]) => list.map(id => new Types.ObjectId(id))
  const file = {
    ...(fileIds && { $in: ids(fileIds) }),
    ...(without.length > 0 && { $nin: ids(without) }),
  }
  return {
    $or: tenants.$in.map(clerkId => ({ clerkId })),
    ...(Object.keys(file).length > 0 && { fileId: file }),
  }
}
