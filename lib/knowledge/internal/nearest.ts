import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { eachOf } from '../../db/each.ts'
import { findCandidates } from './candidates.ts'
import { createRanking, type Nearest, RANKED_FIELDS, type Wanted } from './ranking.ts'
import type { Shelf } from './shelf.ts'
import type { Candidate } from './shortlist.ts'

/** Passages read at once, with their vectors some 2 MB. */
const PASSAGES_AT_ONCE = 250

/**
 * The passages of ready files nearest to a query by exact cosine: candidates by their codes, then these in full
 * precision, until no other can be nearer. Files with fewer codes than passages, such as those stored before
 * there were codes, are compared in full precision whole, at every search.
 */
export async function nearest(wanted: Wanted, shelf?: Shelf): Promise<Nearest> {
  const { files, candidates, uncoded } = await findCandidates(wanted, shelf)
  const ranking = createRanking(wanted)
  if (uncoded.length > 0) {
    const whole = { fileId: { $in: uncoded } }
    const cursor = passages(wanted, whole, { clerkId: 1, fileId: 1, index: 1 }).cursor({
      batchSize: PASSAGES_AT_ONCE,
    })
    for await (const chunk of eachOf(cursor)) ranking.offer(chunk)
  }
  for (const some of slices(candidates)) {
    if (ranking.isBelowAll(some[0]?.most ?? -1)) break
    const these = { _id: { $in: some.map(({ id }) => id) }, fileId: { $nin: uncoded } }
    for (const chunk of await passages(wanted, these, { _id: 1 }).batchSize(PASSAGES_AT_ONCE))
      ranking.offer(chunk)
  }
  return { best: ranking.best, names: new Map(Array.from(files, ([id, { name }]) => [id, name])) }
}

function* slices(candidates: Candidate[]): Generator<Candidate[]> {
  for (let from = 0; from < candidates.length; from += PASSAGES_AT_ONCE)
    yield candidates.slice(from, from + PASSAGES_AT_ONCE)
}

function passages({ tenants }: Wanted, which: object, index: Record<string, 1>) {
  return KnowledgeChunk.find({ ...which, clerkId: tenants }, RANKED_FIELDS)
    .hint(index)
    .lean()
}
