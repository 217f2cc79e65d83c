import { Binary, type Collection, MongoClient, ObjectId } from 'mongodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startAtlas } from '../../../scripts/local/atlas/index.ts'
import { randomVector, seeded } from '../../helpers/vectors.ts'

const random = seeded(5)
const vectors = Array.from({ length: 4 }, () => randomVector(random))
const [first, second] = [vectors[0] ?? new Float32Array(), vectors[1] ?? new Float32Array()]
const fileId = new ObjectId()

const atlas = await startAtlas(process.env.MONGODB_URI ?? '')
const client = await new MongoClient(atlas.uri).connect()
let passages: Collection

beforeAll(async () => {
  passages = client.db().collection('knowledgechunks')
})
beforeEach(async () => {
  await passages.deleteMany({})
  await passages.insertMany(
    vectors.map((vector, index) => ({
      clerkId: index < 2 ? 'a' : index === 2 ? 'b' : null,
      fileId: index === 1 ? fileId : new ObjectId(),
      index,
      vector: Binary.fromFloat32Array(vector),
    })),
  )
})
afterAll(async () => {
  await client.close()
  await atlas.close()
})

const search = {
  index: atlas.index,
  path: 'vector',
  queryVector: Array.from(first),
  numCandidates: 10,
  limit: 3,
  filter: { clerkId: 'a' } as object,
}
const run = (stage: object, options = {}) =>
  passages.aggregate([{ $vectorSearch: stage }, { $project: { index: 1 } }], options).toArray()
const indexes = async (stage: object) => (await run(stage)).map(({ index }) => index)

describe('the stand-in for Atlas', () => {
  it('passes on what is no vector search', async () => {
    expect(await passages.countDocuments({ clerkId: 'a' })).toBe(2)
    expect(await passages.aggregate([{ $match: { clerkId: 'b' } }]).toArray()).toHaveLength(1)
    await expect(passages.aggregate([{ $nothing: 1 }]).toArray()).rejects.toThrow(
      'Unrecognized pipeline stage',
    )
  })

  it('gives the nearest that the filter lets through, best first', async () => {
    expect(await indexes(search)).toEqual([0, 1])
    expect(await indexes({ ...search, queryVector: Array.from(second) })).toEqual([1, 0])
    expect(await indexes({ ...search, limit: 1 })).toEqual([0])
    expect(await indexes({ ...search, filter: { clerkId: null } })).toEqual([3])
    const either = { $or: [{ clerkId: 'b' }, { clerkId: { $eq: null } }] }
    expect((await indexes({ ...search, filter: either })).toSorted()).toEqual([2, 3])
    expect(await indexes({ ...search, filter: { ...search.filter, fileId: { $in: [fileId] } } })).toEqual([1])
    expect(await indexes({ ...search, filter: { clerkId: 'a', fileId: { $in: [String(fileId)] } } })).toEqual(
      [],
    )
    expect(await run(search)).toEqual([
      { _id: expect.any(ObjectId), index: 0 },
      { _id: expect.any(ObjectId), index: 1 },
    ])
  })

  it('finds nothing with an index that is not there', async () => {
    expect(await indexes({ ...search, index: 'another' })).toEqual([])
  })

  const { numCandidates: _, ...withoutCandidates } = search
  it.each([
    ['an unknown field', { ...search, k: 5 }, 'k'],
    ['no index', { ...search, index: '' }, 'index'],
    ['no candidates', withoutCandidates, 'numCandidates is required'],
    ['too many candidates', { ...search, numCandidates: 10_001 }, 'numCandidates'],
    ['more results than candidates', { ...search, limit: 11 }, 'less than or equal to numCandidates'],
    ['no results', { ...search, limit: 0 }, 'limit'],
    ['half a result', { ...search, limit: 1.5 }, 'limit'],
    ['candidates of an exact search', { ...search, exact: true }, 'must be omitted'],
    ['a vector of other dimensions', { ...search, queryVector: [1, 0] }, 'queried with 2'],
    ['a path without vectors', { ...search, path: 'text' }, 'not indexed as a vector field'],
    ['a path for filters only', { ...search, path: 'clerkId' }, 'not indexed as a vector field'],
    ['a filter on another field', { ...search, filter: { index: 1 } }, 'needs to be indexed as filter'],
    ['such a filter within an $or', { ...search, filter: { $or: [{ index: 1 }] } }, 'needs to be indexed'],
    ['null in a list', { ...search, filter: { clerkId: { $in: ['a', null] } } }, 'null'],
    ['a list of several types', { ...search, filter: { clerkId: { $in: ['a', 1] } } }, 'same type'],
    ['an empty list', { ...search, filter: { clerkId: { $in: [] } } }, 'empty'],
    ['an empty $or', { ...search, filter: { $or: [] } }, 'empty'],
    [
      'an operator it does not have',
      { ...search, filter: { clerkId: { $regex: 'a' } } },
      'unrecognized field',
    ],
    ['a value of another type', { ...search, filter: { clerkId: ['a'] } }, 'expected boolean'],
  ])('refuses %s', async (_name, stage, message) => {
    await expect(run(stage)).rejects.toMatchObject({ code: 8, message: expect.stringContaining(message) })
  })

  it('refuses another read concern than "local", and a transaction', async () => {
    await expect(run(search, { readConcern: { level: 'majority' } })).rejects.toThrow('readConcern majority')
    expect(await run(search, { readConcern: { level: 'local' } })).toHaveLength(2)
    const inTransaction = client.withSession(session =>
      session.withTransaction(() => run(search, { session })),
    )
    await expect(inTransaction).rejects.toThrow('in a transaction')
  })
})
