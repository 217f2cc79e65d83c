import { randomUUID } from 'node:crypto'
import { Binary } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { inTransaction } from '../../../lib/db/transaction.ts'
import { removeChunks, storeChunks } from '../../../lib/knowledge/internal/chunk-store.ts'
import { nearest } from '../../../lib/knowledge/internal/nearest.ts'
import { createShelf, type Shelf } from '../../../lib/knowledge/internal/shelf.ts'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeCodes } from '../../../models/knowledge-codes.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { dot, randomVector, seeded, vectorNear } from '../../helpers/vectors.ts'
import { encodeFourBits } from './four-bit-codes.ts'
import { storeFile, wantedFrom } from './stored-passages.ts'

const MIB = 1024 * 1024
const FILES = 'find knowledgefiles'
const CODES = 'find knowledgecodes'
const CHUNKS = 'find knowledgechunks'

const random = seeded(29)
const draw = () => randomVector(random)
const draws = (count: number) => Array.from({ length: count }, draw)
const only = (clerkId: string, query: Float32Array) => ({
  ...wantedFrom(clerkId, query),
  tenants: { $in: [clerkId] },
})
const scoresOf = (query: Float32Array, vectors: Float32Array[]) =>
  vectors
    .map(vector => dot(query, vector))
    .toSorted((a, b) => b - a)
    .slice(0, 10)

async function search(shelf: Shelf, clerkId: string, query = draw()) {
  const { best } = await nearest(only(clerkId, query), shelf)
  return best.map(({ score }) => score)
}

const commandsOfSearch = (shelf: Shelf, clerkId: string) => commandsOf(() => search(shelf, clerkId))

/** As a run of ingestion does: what there was of the file makes way, in a transaction with the file's record. */
async function ingestAnew(clerkId: string, fileId: string, vectors: Float32Array[]) {
  const texts = vectors.map((_, position) => `New ${position}`)
  await inTransaction(async session => {
    await KnowledgeFile.updateOne({ clerkId, _id: fileId }, { chunks: vectors.length }, { session })
    await removeChunks(session, { clerkId, fileId })
    await storeChunks(session, { clerkId, fileId }, 0, texts, vectors)
  })
}

describe('what an instance has searched', () => {
  it('it holds: the next search asks which files there are and reads the candidates, nothing else', async () => {
    const [shelf, clerkId] = [createShelf(MIB), randomUUID()]
    const vectors = draws(120)
    await storeFile(clerkId, vectors, { perRun: 50 })
    expect(await commandsOfSearch(shelf, clerkId)).toEqual([FILES, CODES, CHUNKS])
    expect(await commandsOfSearch(shelf, clerkId)).toEqual([FILES, CHUNKS])
    const query = draw()
    expect(await search(shelf, clerkId, query)).toEqual(scoresOf(query, vectors))
  })

  it('is found with levels of 4 bits as well, as they were stored before', async () => {
    const [shelf, clerkId] = [createShelf(MIB), randomUUID()]
    const vectors = draws(200)
    const { fileId } = await storeFile(clerkId, vectors)
    const chunks = await KnowledgeChunk.find({ clerkId, fileId }).sort({ index: 1 }).lean()
    const codes = encodeFourBits(
      chunks.map(({ _id, index }) => ({ id: _id.id, vector: vectors[index] ?? draw() })),
    )
    const older = { $set: { codes: new Binary(codes) }, $unset: { bits: 1 } } as const
    await KnowledgeCodes.updateOne({ clerkId, fileId }, older)
    for (const commands of [
      [FILES, CODES, CHUNKS],
      [FILES, CHUNKS],
    ]) {
      const query = draw()
      const seen = await commandsOf(async () =>
        expect(await search(shelf, clerkId, query)).toEqual(scoresOf(query, vectors)),
      )
      expect(seen).toEqual(commands)
    }
  })

  it('is not held when a part of its codes is missing, and takes no room', async () => {
    const [shelf, clerkId] = [createShelf(MIB), randomUUID()]
    const vectors = draws(120)
    const { fileId } = await storeFile(clerkId, vectors, { perRun: 60 })
    await KnowledgeCodes.deleteOne({ clerkId, fileId, from: 60 })
    const before = shelf.bytes()
    for (let again = 0; again < 3; again++) {
      expect(await commandsOfSearch(shelf, clerkId)).toContain(CODES)
      expect(shelf.bytes()).toBe(before)
    }
  })

  it('is not compared for others', async () => {
    const shelf = createShelf(MIB)
    const [one, other] = [randomUUID(), randomUUID()]
    const vector = draw()
    await storeFile(one, [vector])
    await storeFile(other, [vectorNear(vector, 0.5, random)])
    expect((await search(shelf, one, vector))[0]).toBeCloseTo(1, 5)
    const found = await search(shelf, other, vector)
    expect(found).toHaveLength(1)
    expect(found[0]).toBeLessThan(0.95)
  })
})

describe('each of two instances', () => {
  async function twoInstances(vectors: Float32Array[]) {
    const clerkId = randomUUID()
    const file = await storeFile(clerkId, vectors)
    const shelves = [createShelf(MIB), createShelf(MIB)]
    for (const shelf of shelves) {
      await search(shelf, clerkId)
      expect(await commandsOfSearch(shelf, clerkId)).toEqual([FILES, CHUNKS])
    }
    return { clerkId, ...file, shelves }
  }

  it('finds a file that was added, at once', async () => {
    const { clerkId, shelves } = await twoInstances(draws(30))
    const vector = draw()
    await storeFile(clerkId, [vector])
    for (const shelf of shelves) expect((await search(shelf, clerkId, vector))[0]).toBeCloseTo(1, 5)
  })

  it('finds what a file that was ingested anew holds, and nothing of what it held, at once', async () => {
    const { clerkId, fileId, shelves } = await twoInstances(draws(30))
    const vectors = draws(30)
    await ingestAnew(clerkId, fileId, vectors)
    for (const shelf of shelves) {
      const query = draw()
      expect(await search(shelf, clerkId, query)).toEqual(scoresOf(query, vectors))
    }
  })

  it('finds nothing of a file that was deleted, or is no longer ready, at once', async () => {
    const { clerkId, fileId, shelves } = await twoInstances(draws(30))
    await KnowledgeFile.updateOne({ clerkId, _id: fileId }, { status: 'processing' })
    for (const shelf of shelves) expect(await commandsOfSearch(shelf, clerkId)).toEqual([FILES])
    await KnowledgeFile.updateOne({ clerkId, _id: fileId }, { status: 'ready' })
    for (const shelf of shelves) expect(await search(shelf, clerkId)).toHaveLength(10)
    await KnowledgeFile.deleteOne({ clerkId, _id: fileId })
    for (const shelf of shelves) expect(await search(shelf, clerkId)).toEqual([])
  })

  it('counts a file as it is when a search learns of it, though it changed since that search began', async () => {
    const { clerkId, fileId, shelves } = await twoInstances(draws(30))
    const vectors = draws(30)
    const query = draw()
    const [shelf] = shelves
    if (!shelf) throw new Error('no shelf')
    const changing = ingestAnew(clerkId, fileId, vectors)
    await Promise.all(Array.from({ length: 5 }, () => search(shelf, clerkId, query)))
    await changing
    expect(await search(shelf, clerkId, query)).toEqual(scoresOf(query, vectors))
  })
})

describe('the memory of an instance', () => {
  /** Of a MiB a few blocks are for what streams by; each of these files takes a fifth of the rest. */
  const PASSAGES = 100

  async function tenantWith(files: number) {
    const clerkId = randomUUID()
    const vectors = Array.from({ length: files }, () => draws(PASSAGES))
    for (const some of vectors) await storeFile(clerkId, some, { perRun: 30 })
    return { clerkId, vectors: vectors.flat() }
  }

  it('never takes more than it may, and finds what lies beyond it', async () => {
    const shelf = createShelf(MIB)
    const { clerkId, vectors } = await tenantWith(9)
    for (let asked = 0; asked < 4; asked++) {
      const query = draw()
      const found = await search(shelf, clerkId, query)
      expect(shelf.bytes()).toBeLessThanOrEqual(MIB)
      expect(found).toEqual(scoresOf(query, vectors))
    }
    expect(shelf.bytes()).toBeGreaterThan(MIB / 2)
  })

  it('nor with many searches at once', async () => {
    const shelf = createShelf(MIB)
    const tenants = await Promise.all([tenantWith(2), tenantWith(3), tenantWith(4)])
    const asked = Array.from({ length: 30 }, (_, i) => ({ query: draw(), ...tenants[i % 3] }))
    const wrong = await Promise.all(
      asked.map(async ({ query, clerkId = '', vectors = [] }) => {
        const found = await search(shelf, clerkId, query)
        expect(shelf.bytes()).toBeLessThanOrEqual(MIB)
        return JSON.stringify(found) !== JSON.stringify(scoresOf(query, vectors))
      }),
    )
    expect(wrong).not.toContain(true)
  })

  it('holds a file that does not fit beside others in the place of those searched longest ago', async () => {
    const shelf = createShelf(MIB)
    const [first, second, third] = [await tenantWith(2), await tenantWith(2), await tenantWith(2)]
    for (const { clerkId } of [first, second, first, third]) await search(shelf, clerkId)
    expect(await commandsOfSearch(shelf, third.clerkId)).toEqual([FILES, CHUNKS])
    expect(await commandsOfSearch(shelf, first.clerkId)).toEqual([FILES, CHUNKS])
    expect(await commandsOfSearch(shelf, second.clerkId)).toContain(CODES)
  })

  it('is not given up for a file that could never fit', async () => {
    const shelf = createShelf(MIB)
    const [small, large] = [await tenantWith(1), randomUUID()]
    const vectors = draws(700)
    await storeFile(large, vectors)
    await search(shelf, small.clerkId)
    const query = draw()
    expect(await search(shelf, large, query)).toEqual(scoresOf(query, vectors))
    expect(await commandsOfSearch(shelf, small.clerkId)).toEqual([FILES, CHUNKS])
  })

  it('is not emptied by a search for the sake of its own files', async () => {
    const shelf = createShelf(MIB)
    const { clerkId } = await tenantWith(7)
    await search(shelf, clerkId)
    const commands = await commandsOfSearch(shelf, clerkId)
    expect(commands).toEqual([FILES, CODES, CHUNKS])
    const [file] = await KnowledgeFile.find({ clerkId }).sort({ _id: 1 }).lean()
    const named = { ...only(clerkId, draw()), fileIds: [file?._id.toHexString() ?? ''] }
    expect(await commandsOf(() => nearest(named, shelf))).toEqual([FILES, CHUNKS])
  })
})
