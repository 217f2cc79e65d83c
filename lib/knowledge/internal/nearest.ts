import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { eachOf } from '../../db/each.ts'
import { type Candidate, findCandidates } from './candidates.ts'
import { createRanking, type Nearest, RANKED_FIELDS, type Wanted } from './ranking.ts'

/** Passages read at once, with their vectors some 2 MB. */
const PASSAGES_AT_ONCE = 250

/**
 * The passages of ready files nearest to a query by exact cosine: candidates by their codes, then these in full
 * precision, until no other can be nearer. Files with fewer codes than passages, such as those stored before
 * there were codes, are compared in full precision whole, at every search.
 */
export async function nearest(wanted: Wanted): Promise<Nearest> {
  const reading = readyFiles(wanted)
  const [files, { candidates, coded }] = await Promise.all([
    reading,
    findCandidates(wanted, async fileId => (await reading).has(fileId)),
  ])
  const uncoded = Array.from(files.keys()).filter(
    fileId => (coded.get(fileId) ?? 0) < (files.get(fileId)?.chunks ?? 0),
  )
  const ranking = createRanking(wanted)
  if (uncoded.length > 0) {
    const whole = { fileId: { $in: uncoded } }
    for await (const chunk of passages(wanted, whole, { clerkId: 1, fileId: 1, index: 1 }))
      ranking.offer(chunk)
  }
  for (const some of slices(candidates)) {
    if (ranking.isBelowAll(some[0]?.most ?? -1)) break
    const these = { _id: { $in: some.map(({ id }) => id) }, fileId: { $nin: uncoded } }
    for await (const chunk of passages(wanted, these, { _id: 1 })) ranking.offer(chunk)
  }
  return { best: ranking.best, names: new Map(Array.from(files, ([id, { name }]) => [id, name])) }
}

async function readyFiles({ tenants, fileIds }: Wanted) {
  const scope = { clerkId: tenants, status: 'ready' as const, ...(fileIds && { _id: { $in: fileIds } }) }
  const files = await KnowledgeFile.find(scope, { name: 1, chunks: 1 }).lean()
  return new Map(files.map(({ _id, name, chunks }) => [_id.toHexString(), { name, chunks }]))
}

function* slices(candidates: Candidate[]): Generator<Candidate[]> {
  for (let from = 0; from < candidates.length; from += PASSAGES_AT_ONCE)
    yield candidates.slice(from, from + PASSAGES_AT_ONCE)
}

function passages({ tenants }: Wanted, which: object, index: Record<string, 1>) {
  const found = KnowledgeChunk.find({ ...which, clerkId: tenants }, RANKED_FIELDS)
    .hint(index)
    .lean()
  return eachOf(found.cursor({ batchSize: PASSAGES_AT_ONCE }))
}
