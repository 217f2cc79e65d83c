import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { nearest } from '../../../lib/knowledge/internal/nearest.ts'
import { dot, randomVector, seeded, vectorNear } from '../../helpers/vectors.ts'
import { storeFile, wantedFrom } from './stored-passages.ts'

const PASSAGES = 20_000
const QUERIES = 100
const TOP = 10

type Draw = () => Float32Array

const KINDS: Record<string, (random: () => number) => Draw> = {
  random: random => () => randomVector(random),
  'in 100 clusters': random => {
    const centres = Array.from({ length: 100 }, () => randomVector(random))
    return () => vectorNear(centres[random() % 100] ?? new Float32Array(), 0.5, random)
  },
}

describe('the ten nearest of 20,000 passages', () => {
  it.each(Object.entries(KINDS))(
    'are those of comparing every one: %s',
    async (_kind, kind) => {
      const draw = kind(seeded(7))
      const vectors = Array.from({ length: PASSAGES }, draw)
      const clerkId = randomUUID()
      await storeFile(clerkId, vectors)
      const queries = Array.from({ length: QUERIES }, draw)
      const exact = bruteForce(vectors, queries)
      let equal = 0
      for (const [asked, query] of queries.entries()) {
        const { best } = await nearest(wantedFrom(clerkId, query, TOP))
        const found = best.map(({ chunk, score }) => ({ chunk, score }))
        if (isDeepStrictEqual(found, exact[asked])) equal++
      }
      expect(equal).toBeGreaterThanOrEqual(98)
    },
    120_000,
  )
})

function bruteForce(vectors: Float32Array[], queries: Float32Array[]) {
  const scores = queries.map(() => new Float64Array(vectors.length))
  // Vector by vector: each is in the processor's cache for all of the queries.
  for (const [chunk, vector] of vectors.entries()) {
    for (const [asked, query] of queries.entries()) (scores[asked] ?? [])[chunk] = dot(query, vector)
  }
  return scores.map(ofQuery =>
    Array.from(ofQuery, (score, chunk) => ({ chunk, score }))
      .toSorted((a, b) => b.score - a.score)
      .slice(0, TOP),
  )
}
