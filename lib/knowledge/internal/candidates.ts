import type { Binary } from 'mongodb'
import { Types } from 'mongoose'
import { KnowledgeCodes } from '../../../models/knowledge-codes.ts'
import { eachOf } from '../../db/each.ts'
import { CODE_BYTES, compare, idAt, probeFor } from './codes.ts'
import type { Wanted } from './ranking.ts'

/** The most candidates: some 160 MB of passages with their vectors, read bit by bit when all are equally near. */
export const MOST_CANDIDATES = 20_000
/** Runs of passages that are compared in one go: of the longest ones in some 10 ms. */
const RUNS_AT_ONCE = 32

/** A passage that may be among the best; hardly ever it scores more than `most`. */
export type Candidate = { id: Types.ObjectId; most: number }

/**
 * The passages of some files whose codes say that they may be among the best, the likeliest first, and how many
 * passages of each file have a code. Memory stays bounded: codes stream by.
 */
export async function findCandidates(
  wanted: Wanted,
  isSearched: (fileId: string) => Promise<boolean>,
): Promise<{ candidates: Candidate[]; coded: Map<string, number> }> {
  const { tenants, fileIds, query } = wanted
  const probe = probeFor(query)
  const shortlist = createShortlist(wanted)
  const coded = new Map<string, number>()
  const scope = { clerkId: tenants, ...(fileIds && { fileId: { $in: fileIds } }) }
  const cursor = KnowledgeCodes.find(scope, { fileId: 1, codes: 1 })
    .sort({ clerkId: 1, fileId: 1, from: 1 })
    .lean()
    .cursor({ batchSize: RUNS_AT_ONCE })
  for await (const run of eachOf(cursor)) {
    const fileId = run.fileId.toHexString()
    if (!(await isSearched(fileId))) continue
    const codes = (run.codes as Binary).value()
    compare(probe, codes, (score, reach, position) => {
      if (shortlist.admits(score, reach)) shortlist.add(score, reach, idAt(codes, position))
    })
    coded.set(fileId, (coded.get(fileId) ?? 0) + codes.length / CODE_BYTES)
  }
  return { candidates: shortlist.finish(), coded }
}

/** Keeps what may yet be among the best `topK` and reach `minScore`; when that is too much, the likeliest. */
function createShortlist({ topK, minScore }: Wanted) {
  /** The best scores that are sure, best first. */
  const sure: number[] = []
  let bar = minScore
  let kept: { id: Uint8Array; most: number }[] = []

  function raise(least: number): void {
    if (least <= (sure[topK - 1] ?? -Infinity)) return
    const place = sure.findIndex(other => least > other)
    sure.splice(place === -1 ? sure.length : place, 0, least)
    sure.length = Math.min(sure.length, topK)
    bar = Math.max(bar, sure[topK - 1] ?? bar)
  }
  function prune(): void {
    kept = kept
      .filter(({ most }) => most >= bar)
      .sort((a, b) => b.most - a.most)
      .slice(0, MOST_CANDIDATES)
  }
  return {
    admits: (score: number, reach: number) => score + reach >= bar,
    add(score: number, reach: number, id: Uint8Array): void {
      raise(score - reach)
      kept.push({ id, most: score + reach })
      if (kept.length === 2 * MOST_CANDIDATES) prune()
    },
    finish(): Candidate[] {
      prune()
      return kept.map(({ id, most }) => ({ id: new Types.ObjectId(id), most }))
    },
  }
}
