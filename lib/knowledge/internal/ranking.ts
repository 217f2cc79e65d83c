import type { Binary } from 'mongodb'
import type { Types } from 'mongoose'

/** What to search for, and where: `tenants` whose files, all of them or the named ones. */
export type Wanted = {
  tenants: { $in: (string | null)[] }
  fileIds: string[] | undefined
  /** A unit vector. */
  query: Float32Array
  topK: number
  minScore: number
}

export type Ranked = { fileId: string; chunk: number; score: number; text: string }

/** The best passages, best first, and the names of their files. */
export type Nearest = { best: Ranked[]; names: Map<string, string> }

type Stored = { fileId: Types.ObjectId; index: number; text: string; vector: unknown }

/** What is read of a passage to rank it. */
export const RANKED_FIELDS = { fileId: 1, index: 1, text: 1, vector: 1 } as const

/** Ranks passages by their exact cosine; equal ones by file and position, so that the order is always the same. */
export function createRanking({ query, topK, minScore }: Wanted) {
  const best: Ranked[] = []
  return {
    best,
    /** Whether all wanted are found and score more than this. */
    isBelowAll: (score: number) => best.length === topK && score < (best[topK - 1]?.score ?? score),
    offer({ fileId, index, text, vector }: Stored): void {
      const score = dot(query, (vector as Binary).toFloat32Array())
      const ranked = { fileId: fileId.toHexString(), chunk: index, score, text }
      const worst = best[topK - 1]
      if (score < minScore || (worst && !isAhead(ranked, worst))) return
      const place = best.findIndex(other => isAhead(ranked, other))
      best.splice(place === -1 ? best.length : place, 0, ranked)
      best.length = Math.min(best.length, topK)
    },
  }
}

function isAhead(a: Ranked, b: Ranked): boolean {
  if (a.score !== b.score) return a.score > b.score
  return a.fileId === b.fileId ? a.chunk < b.chunk : a.fileId < b.fileId
}

/** The cosine, both vectors being of length 1. */
function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
