import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { vectorSearch } from '../../../lib/knowledge/internal/atlas.ts'
import { throughAtlas } from '../../helpers/atlas.ts'
import { dot, randomVector, seeded } from '../../helpers/vectors.ts'
import { storeFile, wantedFrom } from './stored-passages.ts'

/** The more candidates it looks at, the finer it tells scores apart. */
const atlas = await throughAtlas(candidates => 1.5 / (candidates ?? 1))

it('an approximate index is asked for enough that the exact ranking finds the best among it', async () => {
  const random = seeded(19)
  const clerkId = randomUUID()
  const vectors = Array.from({ length: 2_000 }, () => randomVector(random))
  await storeFile(clerkId, vectors)
  for (let round = 0; round < 10; round++) {
    const query = randomVector(random)
    const { best } = await vectorSearch(atlas.index, wantedFrom(clerkId, query, 10))
    const expected = vectors.map(vector => dot(query, vector)).toSorted((a, b) => b - a)
    expect(best.map(({ score }) => score)).toEqual(expected.slice(0, 10))
  }
})
