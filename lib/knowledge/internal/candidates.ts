import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Binary } from 'mongodb'
import { KnowledgeCodes } from '../../../models/knowledge-codes.ts'
import { eachOf } from '../../db/each.ts'
import { type Bits, type Codes, countOf } from './codes.ts'
import { type Compared, estimate, type Probe, probeFor } from './probe.ts'
import type { Wanted } from './ranking.ts'
import { type ReadyFile, readyFiles } from './ready-files.ts'
import { type Filling, ownShelf, type Shelf } from './shelf.ts'
import { type Candidate, createShortlist } from './shortlist.ts'

/** Runs of passages that are read at once: of the longest ones some 5 MB. */
const RUNS_AT_ONCE = 32

type Files = ReadonlyMap<string, ReadyFile>

/** Candidates for the best passages, likeliest first, out of all files but those without all of their codes. */
export type Found = { files: Files; candidates: Candidate[]; uncoded: string[] }

/**
 * The passages whose codes say that they may be among the best. What this instance holds is compared while the
 * database tells which files there are, and counts only as far as that answer bears it out; the codes of other
 * files stream by, and are held from then on as far as there is room.
 */
export async function findCandidates(wanted: Wanted, shelf: Shelf = ownShelf()): Promise<Found> {
  const [files, { probe, held }] = await Promise.all([readyFiles(wanted), compareHeld(wanted, shelf)])
  const shortlist = createShortlist(wanted)
  const consider = (compared: Compared) =>
    estimate(probe, compared, {
      bar: shortlist.bar,
      add: (score, reach, position) => shortlist.add(score, reach, () => idOf(compared, position)),
    })
  for (const fileId of held.keys()) if (!files.has(fileId)) shelf.drop(fileId)
  const missing: string[] = []
  for (const [fileId, file] of files) {
    const early = held.get(fileId)
    const compared = early?.stamp === file.stamp ? early : shelf.compare(fileId, file, probe)
    if (compared) {
      shelf.touch(fileId)
      consider(compared)
    } else if (file.chunks > 0) missing.push(fileId)
  }
  const coded = await compareStored(wanted, { files, missing, probe, shelf }, consider)
  const uncoded = missing.filter(fileId => (coded.get(fileId) ?? 0) < (files.get(fileId)?.chunks ?? 0))
  return { files, candidates: shortlist.finish(), uncoded }
}

/** Lets the question for the files go out first, as comparing keeps this process busy. */
async function compareHeld(wanted: Wanted, shelf: Shelf) {
  await nextTurn()
  const probe = probeFor(wanted.query)
  return { probe, held: shelf.compareAll(wanted, probe) }
}

type Stored = { files: Files; missing: readonly string[]; probe: Probe; shelf: Shelf }

/** Compares the stored codes of files, and tells how many passages of each have one. */
async function compareStored(
  { tenants }: Wanted,
  { files, missing, probe, shelf }: Stored,
  consider: (compared: Compared) => void,
): Promise<Map<string, number>> {
  const coded = new Map<string, number>()
  if (missing.length === 0) return coded
  const fillings = new Map<string, Filling | null>()
  const isSearched = (fileId: string) => files.has(fileId)
  try {
    for await (const { fileId, codes } of storedCodes(tenants, missing)) {
      const file = files.get(fileId)
      if (!file) continue
      if (!fillings.has(fileId)) fillings.set(fileId, shelf.fill(fileId, file, isSearched))
      const filling = fillings.get(fileId)
      if (filling) filling.add(codes)
      else for (const compared of shelf.compareSlices(codes, probe)) consider(compared)
      coded.set(fileId, (coded.get(fileId) ?? 0) + countOf(codes))
    }
    for (const filling of fillings.values()) if (filling) consider(filling.compare(probe))
  } finally {
    for (const filling of fillings.values()) filling?.finish()
  }
  return coded
}

type StoredCodes = { fileId: string; codes: Codes }

/** The runs of files, those of one after the other. */
async function* storedCodes(
  tenants: Wanted['tenants'],
  missing: readonly string[],
): AsyncGenerator<StoredCodes> {
  const scope = { clerkId: tenants, fileId: { $in: missing } }
  const cursor = KnowledgeCodes.find(scope, { fileId: 1, codes: 1, bits: 1 })
    .sort({ clerkId: 1, fileId: 1, from: 1 })
    .lean()
    .cursor({ batchSize: RUNS_AT_ONCE })
  for await (const { fileId, codes, bits } of eachOf(cursor)) {
    const bytes = (codes as Binary).value()
    yield { fileId: fileId.toHexString(), codes: { bytes, bits: (bits ?? 4) as Bits } }
  }
}

function idOf({ rows }: Compared, position: number): Uint8Array {
  return rows.ids.slice(12 * position, 12 * position + 12)
}
