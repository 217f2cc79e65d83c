import { randomUUID } from 'node:crypto'
import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { TenantGuardError } from '../../../lib/db/tenant-guard.ts'
import { vectorSearch } from '../../../lib/knowledge/internal/atlas.ts'
import { nearest } from '../../../lib/knowledge/internal/nearest.ts'
import type { Nearest, Wanted } from '../../../lib/knowledge/internal/ranking.ts'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { throughAtlas } from '../../helpers/atlas.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { dot, randomVector, seeded, vectorNear } from '../../helpers/vectors.ts'
import { storeFile, wantedFrom } from './stored-passages.ts'

const atlas = await throughAtlas()

const WAYS: Record<string, (wanted: Wanted) => Promise<Nearest>> = {
  'by codes': nearest,
  'by Atlas': wanted => vectorSearch(atlas.index, wanted),
}

const random = seeded(11)
const draw = () => randomVector(random)
const draws = (count: number) => Array.from({ length: count }, draw)

describe.each(Object.entries(WAYS))('the nearest passages %s', (_way, search) => {
  it('come with their exact cosine, text, position and file, best first', async () => {
    const clerkId = randomUUID()
    const vectors = draws(300)
    const { fileId, name } = await storeFile(clerkId, vectors, { perRun: 96 })
    const query = draw()
    const { best, names } = await search(wantedFrom(clerkId, query, 7))
    const expected = vectors
      .map((vector, chunk) => ({ fileId, chunk, score: dot(query, vector), text: `Passage ${chunk}` }))
      .toSorted((a, b) => b.score - a.score)
      .slice(0, 7)
    expect(best).toEqual(expected)
    expect(names.get(fileId)).toBe(name)
  })

  it('are of the own files and the shared ones, never of another tenant', async () => {
    const [own, foreign] = [randomUUID(), randomUUID()]
    const vector = draw()
    const mine = await storeFile(own, [vector])
    const shared = await storeFile(null, [vector])
    const theirs = await storeFile(foreign, [vector])
    const { best } = await search(wantedFrom(own, vector))
    const expected = [mine.fileId, shared.fileId].toSorted()
    expect(best.filter(({ score }) => score > 0.99).map(({ fileId }) => fileId)).toEqual(expected)
    const named = await search({ ...wantedFrom(own, vector), fileIds: [theirs.fileId] })
    expect(named.best).toEqual([])
    const visitor = await search({ ...wantedFrom(own, vector), tenants: { $in: [null] } })
    expect(visitor.best[0]?.fileId).toBe(shared.fileId)
    expect(visitor.best.map(({ fileId }) => fileId)).not.toContain(mine.fileId)
  })

  it('are of the named files only; an unknown one holds nothing', async () => {
    const clerkId = randomUUID()
    const [first] = [await storeFile(clerkId, draws(3)), await storeFile(clerkId, draws(3))]
    const unknown = new Types.ObjectId().toHexString()
    const some = await search({ ...wantedFrom(clerkId, draw()), fileIds: [first?.fileId ?? '', unknown] })
    expect(some.best).toHaveLength(3)
    expect(new Set(some.best.map(({ fileId }) => fileId))).toEqual(new Set([first?.fileId]))
    expect((await search({ ...wantedFrom(clerkId, draw()), fileIds: [unknown] })).best).toEqual([])
  })

  it('of equal score come in the order of files and positions, however they are stored', async () => {
    const clerkId = randomUUID()
    const vector = draw()
    const copies = (count: number) => Array.from({ length: count }, () => vector)
    const files = [await storeFile(clerkId, copies(3), { perRun: 2 }), await storeFile(clerkId, copies(3))]
    const expected = files
      .toSorted((a, b) => (a.fileId < b.fileId ? -1 : 1))
      .flatMap(({ fileId }) => [0, 1, 2].map(chunk => [fileId, chunk]))
    const { best } = await search({ ...wantedFrom(clerkId, vector, 50), minScore: 0.99 })
    expect(best.map(({ fileId, chunk }) => [fileId, chunk])).toEqual(expected)
  })

  it('score at least the minimum, which the exact cosine decides', async () => {
    const clerkId = randomUUID()
    const query = draw()
    const vectors = Array.from({ length: 200 }, (_, i) => vectorNear(query, 0.5 + i / 100, random))
    await storeFile(clerkId, vectors)
    const scores = vectors.map(vector => dot(query, vector)).toSorted((a, b) => b - a)
    for (const rank of [0, 5, 20]) {
      const minScore = scores[rank] ?? 1
      const { best } = await search({ ...wantedFrom(clerkId, query, 50), minScore })
      expect(best.map(({ score }) => score)).toEqual(scores.slice(0, rank + 1))
    }
  })

  it('are as many as are wanted, up to fifty', async () => {
    const clerkId = randomUUID()
    const vectors = draws(120)
    await storeFile(clerkId, vectors)
    const query = draw()
    const scores = vectors.map(vector => dot(query, vector)).toSorted((a, b) => b - a)
    for (const topK of [1, 2, 50]) {
      const { best } = await search({ ...wantedFrom(clerkId, query, topK), tenants: { $in: [clerkId] } })
      expect(best.map(({ score }) => score)).toEqual(scores.slice(0, topK))
    }
  })

  it('are of ready files only, and no fewer for that', async () => {
    const clerkId = randomUUID()
    const query = draw()
    const ready = await storeFile(clerkId, draws(20))
    for (const status of ['processing', 'failed', 'uploading'] as const) {
      const near = Array.from({ length: 30 }, () => vectorNear(query, 0.3, random))
      const { fileId } = await storeFile(clerkId, near)
      await KnowledgeFile.updateOne({ clerkId, _id: fileId }, { status })
    }
    const { best } = await search({ ...wantedFrom(clerkId, query), tenants: { $in: [clerkId] } })
    expect(best.map(({ fileId }) => fileId)).toEqual(Array.from({ length: 10 }, () => ready.fileId))
  })

  it('do not fail where a vector has no direction', async () => {
    const clerkId = randomUUID()
    await storeFile(clerkId, [new Float32Array(1536)])
    const { best } = await search({ ...wantedFrom(clerkId, draw()), tenants: { $in: [clerkId] } })
    expect(best).toMatchObject([{ chunk: 0, score: 0 }])
  })
})

describe('a search by Atlas', () => {
  it('finds nothing while the index is not there, as Atlas does', async () => {
    const clerkId = randomUUID()
    const vector = draw()
    await storeFile(clerkId, [vector])
    expect((await vectorSearch('another', wantedFrom(clerkId, vector))).best).toEqual([])
  })

  it('costs two commands, for as many passages as may be asked for', async () => {
    const clerkId = randomUUID()
    await storeFile(clerkId, draws(150))
    const commands = await commandsOf(() => vectorSearch(atlas.index, wantedFrom(clerkId, draw(), 50)))
    expect(commands).toEqual(['aggregate knowledgechunks', 'find knowledgefiles'])
  })

  it('is refused to a pipeline whose stage names no tenant', async () => {
    const search = { index: 'x', path: 'vector', queryVector: [1], numCandidates: 1, limit: 1 }
    await expect(KnowledgeChunk.aggregate([{ $vectorSearch: search }])).rejects.toBeInstanceOf(
      TenantGuardError,
    )
  })
})
