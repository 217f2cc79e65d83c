import { randomUUID } from 'node:crypto'
import { Binary } from 'mongodb'
import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { findCandidates } from '../../../lib/knowledge/internal/candidates.ts'
import { nearest } from '../../../lib/knowledge/internal/nearest.ts'
import { searchKnowledge } from '../../../lib/knowledge/search.ts'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeCodes } from '../../../models/knowledge-codes.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { dot, randomVector, seeded } from '../../helpers/vectors.ts'
import { storeFile, wantedFrom } from './stored-passages.ts'

const random = seeded(13)
const draw = () => randomVector(random)
const draws = (count: number) => Array.from({ length: count }, draw)
const exact = (query: Float32Array, vectors: Float32Array[], topK: number) =>
  vectors
    .map(vector => dot(query, vector))
    .toSorted((a, b) => b - a)
    .slice(0, topK)

describe('what a search reads', () => {
  it('is files and their codes, then the candidates: three commands', async () => {
    const clerkId = randomUUID()
    await storeFile(clerkId, draws(500), { perRun: 96 })
    const commands = await commandsOf(() => searchKnowledge(clerkId, { query: 'anything', topK: 10 }))
    expect(commands.slice(0, 2)).toEqual(['find knowledgefiles', 'find knowledgecodes'])
    expect(commands.slice(2)).toEqual(['find knowledgechunks'])
  })

  it('is one more for each further 32 runs', async () => {
    const clerkId = randomUUID()
    await storeFile(clerkId, draws(100), { perRun: 2 })
    const commands = await commandsOf(() => nearest(wantedFrom(clerkId, draw())))
    expect(commands.filter(command => command.startsWith('getMore'))).toHaveLength(1)
    expect(commands).toHaveLength(4)
  })

  it('is few whole vectors: the candidates of 3,000 random passages are at most 30', async () => {
    const clerkId = randomUUID()
    await storeFile(clerkId, draws(3_000))
    const { candidates } = await findCandidates(wantedFrom(clerkId, draw()))
    expect(candidates.length).toBeGreaterThanOrEqual(10)
    expect(candidates.length).toBeLessThanOrEqual(30)
    const most = candidates.map(candidate => candidate.most)
    expect(most).toEqual(most.toSorted((a, b) => b - a))
    const commands = await commandsOf(() => nearest(wantedFrom(clerkId, draw())))
    expect(commands.filter(command => command === 'find knowledgechunks')).toHaveLength(1)
  })

  it('is all that may be among the best, however many passages are equally near', async () => {
    const clerkId = randomUUID()
    const vector = draw()
    const copies = Array.from({ length: 1_700 }, () => vector)
    await storeFile(clerkId, copies)
    const only = { ...wantedFrom(clerkId, vector), tenants: { $in: [clerkId] } }
    expect((await findCandidates(only)).candidates).toHaveLength(copies.length)
    const { best } = await nearest(only)
    expect(best.map(({ chunk }) => chunk)).toEqual(Array.from({ length: 10 }, (_, i) => i))
  })
})

describe('a file without codes, from before there were any', () => {
  async function older(vectors: Float32Array[]) {
    const clerkId = randomUUID()
    const file = await storeFile(clerkId, vectors, { perRun: 20 })
    return { clerkId, ...file }
  }

  it('is found all the same, beside newer ones', async () => {
    const [olderVectors, newerVectors] = [draws(60), draws(60)]
    const { clerkId, fileId, name } = await older(olderVectors)
    await KnowledgeCodes.deleteMany({ clerkId, fileId })
    await storeFile(clerkId, newerVectors)
    const query = draw()
    const { best, names } = await nearest({ ...wantedFrom(clerkId, query), tenants: { $in: [clerkId] } })
    expect(best.map(({ score }) => score)).toEqual(exact(query, [...olderVectors, ...newerVectors], 10))
    expect(names.get(fileId)).toBe(name)
  })

  it('is found with a part of its codes, no passage twice', async () => {
    const vectors = draws(60)
    const { clerkId, fileId } = await older(vectors)
    await KnowledgeCodes.deleteMany({ clerkId, fileId, from: 20 })
    const query = draw()
    const { best } = await nearest({ ...wantedFrom(clerkId, query, 50), tenants: { $in: [clerkId] } })
    expect(best.map(({ score }) => score)).toEqual(exact(query, vectors, 50))
  })

  it('is not searched when others are named', async () => {
    const { clerkId, fileId } = await older(draws(20))
    await KnowledgeCodes.deleteMany({ clerkId, fileId })
    const other = await storeFile(clerkId, draws(3))
    const { best } = await nearest({ ...wantedFrom(clerkId, draw()), fileIds: [other.fileId] })
    expect(best.map(hit => hit.fileId)).toEqual([other.fileId, other.fileId, other.fileId])
  })
})

describe('what is no longer there', () => {
  it('is not found: a code whose passage is gone, a passage whose file is gone', async () => {
    const clerkId = randomUUID()
    const { fileId } = await storeFile(clerkId, draws(3))
    await KnowledgeChunk.deleteMany({ clerkId, fileId, index: 1 })
    const { best } = await nearest({ ...wantedFrom(clerkId, draw()), tenants: { $in: [clerkId] } })
    expect(best.map(({ chunk }) => chunk).toSorted()).toEqual([0, 2])
    await KnowledgeFile.deleteOne({ clerkId, _id: fileId })
    const { hits } = await searchKnowledge(clerkId, { query: 'anything' })
    expect(hits.filter(hit => hit.fileId === fileId)).toEqual([])
  })

  it('is not found through the codes of another: a code is good for its own tenant’s passages only', async () => {
    const [own, foreign] = [randomUUID(), randomUUID()]
    const vector = draw()
    const theirs = await storeFile(foreign, [vector])
    const codes = await KnowledgeCodes.findOne({ clerkId: foreign, fileId: theirs.fileId }).lean()
    const copied = { fileId: new Types.ObjectId(), clerkId: own, from: 0, codes: codes?.codes as Binary }
    await KnowledgeCodes.insertMany([copied])
    expect(copied.codes).toBeInstanceOf(Binary)
    const { best } = await nearest({ ...wantedFrom(own, vector), tenants: { $in: [own] } })
    expect(best).toEqual([])
  })
})
