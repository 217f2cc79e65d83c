import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { nearest } from '../../../lib/knowledge/internal/nearest.ts'
import { dot, randomVector, seeded, vectorNear } from '../../helpers/vectors.ts'
import { storeFile, wantedFrom } from './stored-passages.ts'

const TOP = 10

type Draw = () => Float32Array
type Found = { chunk: number; score: number }
type Kind = { passages: number; queries: number; draw: Draw }

const random = seeded(7)

function around(centres: number, distance: number): Draw {
  const drawn = Array.from({ length: centres }, () => randomVector(random))
  return () => vectorNear(drawn[random() % centres] ?? new Float32Array(), distance, random)
}

function copiesOf(count: number): Draw {
  const drawn = Array.from({ length: count }, () => randomVector(random))
  return () => drawn[random() % count] ?? new Float32Array()
}

/** All of them lie in one file of 20,000 passages. */
const KINDS: Record<string, Kind> = {
  'of random direction': { passages: 4_000, queries: 12, draw: () => randomVector(random) },
  'in 100 clusters': { passages: 4_000, queries: 12, draw: around(100, 0.5) },
  'in 4 dense clusters': { passages: 6_000, queries: 8, draw: around(4, 0.05) },
  'in 10 clusters': { passages: 4_000, queries: 5, draw: around(10, 0.1) },
  'that are exact duplicates': { passages: 2_000, queries: 5, draw: copiesOf(2) },
}

const vectors = Object.values(KINDS).flatMap(({ passages, draw }) => Array.from({ length: passages }, draw))
const clerkId = randomUUID()
beforeAll(() => storeFile(clerkId, vectors), 180_000)

describe('the ten nearest of 20,000 passages', () => {
  it.each(Object.entries(KINDS))(
    'are those of comparing every one: %s',
    async (_kind, { queries: count, draw }) => {
      const queries = Array.from({ length: count }, draw)
      const exact = bruteForce(queries)
      const wrong: number[] = []
      for (const [asked, query] of queries.entries()) {
        const { best } = await nearest(wantedFrom(clerkId, query, TOP))
        const found = best.map(({ chunk, score }) => ({ chunk, score }))
        if (!isDeepStrictEqual(found, exact[asked])) wrong.push(asked)
      }
      expect(wrong).toEqual([])
    },
    120_000,
  )
})

/** The best ten for each query, of equal ones the first. */
function bruteForce(queries: Float32Array[]): Found[][] {
  const best = queries.map((): Found[] => [])
  // Vector by vector: each is in the processor's cache for all of the queries.
  for (const [chunk, vector] of vectors.entries()) {
    for (const [asked, query] of queries.entries())
      keep(best[asked] ?? [], { chunk, score: dot(query, vector) })
  }
  return best
}

function keep(best: Found[], found: Found): void {
  if (best.length === TOP && found.score <= (best[TOP - 1]?.score ?? 0)) return
  const place = best.findIndex(({ score }) => found.score > score)
  best.splice(place === -1 ? best.length : place, 0, found)
  best.length = Math.min(best.length, TOP)
}
