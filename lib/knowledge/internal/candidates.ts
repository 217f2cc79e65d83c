import type { Binary } from 'mongodb'
import { Types } from 'mongoose'
import { KnowledgeCodes } from '../../../models/knowledge-codes.ts'
import { CODE_BYTES, compare, idAt, probeFor } from './codes.ts'
import type { Wanted } from './ranking.ts'

/** The most candidates compared in full precision: some 8 MB of passages with their vectors. */
export const MOST_CANDIDATES = 1_000
/** Runs of passages that are in memory at once: of the longest ones some 10 MB. */
const RUNS_AT_ONCE = 128

/**
 * The passages whose codes say that they may be among the best, and how many passages of each file have a
 * code. Memory stays bounded: codes stream by.
 */
export async function findCandidates(
  wanted: Wanted,
): Promise<{ ids: Types.ObjectId[]; coded: Map<string, number> }> {
  const { tenants, fileIds, query } = wanted
  const probe = probeFor(query)
  const shortlist = createShortlist(wanted)
  const coded = new Map<string, number>()
  const scope = { clerkId: tenants, ...(fileIds && { fileId: { $in: fileIds } }) }
  const cursor = KnowledgeCodes.find(scope, { fileId: 1, codes: 1 })
    .sort({ clerkId: 1, fileId: 1, from: 1 })
    .lean()
    .cursor({ batchSize: RUNS_AT_ONCE })
  for await (const run of cursor) {
    const codes = (run.codes as Binary).value()
    compare(probe, codes, (score, reach, position) => {
      if (shortlist.admits(score, reach)) shortlist.add({ score, reach, id: idAt(codes, position) })
    })
    const fileId = run.fileId.toHexString()
    coded.set(fileId, (coded.get(fileId) ?? 0) + codes.length / CODE_BYTES)
  }
  return { ids: shortlist.finish().map(({ id }) => new Types.ObjectId(id)), coded }
}

type Candidate = { score: number; reach: number; id: Uint8Array }

/** Keeps what may yet be among the best `topK` and reach `minScore`; when that is too much, the likeliest. */
function createShortlist({ topK, minScore }: Wanted) {
  let bar = minScore
  let kept: Candidate[] = []

  const admits = (score: number, reach: number) => score + reach >= bar
  function finish(): Candidate[] {
    kept.sort((a, b) => b.score - a.score)
    bar = Math.max(bar, kept[topK - 1]?.score ?? bar)
    kept = kept.filter(({ score, reach }) => admits(score, reach)).slice(0, MOST_CANDIDATES)
    return kept
  }
  return {
    admits,
    add(candidate: Candidate): void {
      kept.push(candidate)
      if (kept.length === 2 * MOST_CANDIDATES) finish()
    },
    finish,
  }
}
