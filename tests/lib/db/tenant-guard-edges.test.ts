import { Schema, Types } from 'mongoose'
import { beforeEach, describe, expect, it } from 'vitest'
import { declaredModels, defineModel } from '../../../lib/db/define-model.ts'
import { ACROSS_TENANTS, TenantGuardError } from '../../../lib/db/tenant-guard.ts'
import { ApiKey } from '../../../models/api-key.ts'
import { Contact } from '../../../models/contact.ts'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeCodes } from '../../../models/knowledge-codes.ts'
import '../../../models/index.ts'

const schema = new Schema(
  { clerkId: { type: String, default: null }, n: { type: Number, default: 0 } },
  { collection: 'guardededges' },
)
schema.index({ clerkId: 1, n: 1 })
const Item = defineModel('GuardedEdge', schema, { owned: true })

const refusal = expect.objectContaining({ name: 'TenantGuardError' })
let id: Types.ObjectId

beforeEach(async () => {
  await Item.deleteMany({}, ACROSS_TENANTS)
  id = (await Item.create({ clerkId: 'a', n: 1 }))._id
  await Item.create({ clerkId: 'b', n: 2 })
})

describe('an id alone', () => {
  it.each([
    ['findById', () => Item.findById(id)],
    ['findByIdAndUpdate', () => Item.findByIdAndUpdate(id, { n: 9 })],
    ['findByIdAndDelete', () => Item.findByIdAndDelete(id)],
    ['exists', () => Item.exists({ _id: id })],
  ])('does not open a tenant’s document: %s', async (_name, query) => {
    await expect(query().exec()).rejects.toBeInstanceOf(TenantGuardError)
    expect(await Item.findOne({ clerkId: 'a' }).lean()).toMatchObject({ n: 1 })
  })

  it('does, together with its tenant', async () => {
    expect(await Item.findOne({ _id: id, clerkId: 'a' }).lean()).toMatchObject({ n: 1 })
    expect(await Item.findOne({ _id: id, clerkId: 'b' }).lean()).toBeNull()
  })
})

describe('counting all', () => {
  it('is refused unless that is said', async () => {
    await expect(Item.estimatedDocumentCount()).rejects.toEqual(refusal)
    expect(await Item.estimatedDocumentCount(ACROSS_TENANTS)).toBe(2)
  })
})

describe('a vector search', () => {
  const search = (filter: object | undefined, ...later: object[]) =>
    Item.aggregate([
      {
        $vectorSearch: { index: 'i', path: 'p', queryVector: [1], numCandidates: 1, limit: 1, filter },
      },
      ...later,
    ] as never)

  it.each([
    ['without a filter', undefined],
    ['with an empty filter', {}],
    ['that names no tenant', { n: 1 }],
    ['with no side at all', { $or: [] }],
    ['with a side that names none', { $or: [{ clerkId: 'a' }, { n: 1 }] }],
    ['with a side for any other tenant', { $or: [{ clerkId: 'a' }, { clerkId: { $ne: 'b' } }] }],
    ['for no list', { $or: { clerkId: 'a' } }],
  ])('%s is refused', async (_name, filter) => {
    await expect(search(filter)).rejects.toEqual(refusal)
  })

  it('that names its tenants but goes on elsewhere is refused', async () => {
    await expect(search({ clerkId: 'a' }, { $unionWith: 'guardededges' })).rejects.toEqual(refusal)
  })

  it.each([
    ['a tenant', { clerkId: 'a', n: 1 }],
    ['each of its sides a tenant', { $or: [{ clerkId: 'a' }, { clerkId: null }], n: 1 }],
  ])('that names %s reaches the database, which knows no such stage here', async (_name, filter) => {
    await expect(search(filter)).rejects.toMatchObject({ name: 'MongoServerError' })
  })

  it('is not opened by an $or in a $match', async () => {
    await expect(
      Item.aggregate([{ $match: { $or: [{ clerkId: 'a' }, { clerkId: null }] } }]),
    ).rejects.toEqual(refusal)
  })
})

describe('an aggregation', () => {
  const mine = { $match: { clerkId: 'a' } }
  it.each([
    ['without stages', []],
    ['that begins with anything else', [{ $group: { _id: '$clerkId' } }]],
    ['that names its tenant too late', [{ $sort: { n: 1 } }, mine]],
    ['that reads another collection whole', [mine, { $unionWith: 'guardededges' }]],
    ['that reads another collection', [mine, { $unionWith: { coll: 'guardededges', pipeline: [] } }]],
    [
      'that joins',
      [mine, { $lookup: { from: 'guardededges', localField: 'n', foreignField: 'n', as: 'x' } }],
    ],
    [
      'that follows a graph',
      [
        mine,
        {
          $graphLookup: {
            from: 'guardededges',
            startWith: '$n',
            connectFromField: 'n',
            connectToField: 'n',
            as: 'x',
          },
        },
      ],
    ],
    ['that joins within a facet', [mine, { $facet: { x: [{ $unionWith: 'guardededges' }] } }]],
    ['that writes', [mine, { $out: 'stolen' }]],
    ['that merges', [mine, { $merge: { into: 'stolen' } }]],
  ])('%s is refused', async (_name, pipeline) => {
    await expect(Item.aggregate(pipeline as never)).rejects.toEqual(refusal)
  })

  it('that stays within its tenant is allowed', async () => {
    const counted = await Item.aggregate([mine, { $facet: { x: [{ $count: 'n' }] } }])
    expect(counted).toEqual([{ x: [{ n: 1 }] }])
  })

  it('across tenants is allowed when that is said', async () => {
    const pipeline = [{ $group: { _id: null, n: { $sum: '$n' } } }]
    expect(await Item.aggregate(pipeline).option(ACROSS_TENANTS)).toEqual([{ _id: null, n: 3 }])
  })
})

describe('a batch', () => {
  it.each([
    ['an insert without a tenant', [{ insertOne: { document: { n: 1 } } }]],
    ['an insert of an undefined tenant', [{ insertOne: { document: { clerkId: undefined, n: 1 } } }]],
    [
      'one write of many without a tenant',
      [
        { insertOne: { document: { clerkId: 'a' } } },
        { updateMany: { filter: {}, update: { $set: { n: 7 } } } },
      ],
    ],
  ])('with %s is refused whole', async (_name, operations) => {
    await expect(Item.bulkWrite(operations as never)).rejects.toEqual(refusal)
    expect(await Item.estimatedDocumentCount(ACROSS_TENANTS)).toBe(2)
  })

  it('of inserts that name their tenant is allowed', async () => {
    await Item.bulkWrite([{ insertOne: { document: { clerkId: 'a', n: 5 } } }] as never)
    expect(await Item.countDocuments({ clerkId: 'a' })).toBe(2)
  })
})

describe('a document in hand', () => {
  it('is not removed or updated by its id alone', async () => {
    const document = await Item.findOne({ clerkId: 'a' })
    await expect(document?.deleteOne()).rejects.toEqual(refusal)
    await expect(document?.updateOne({ n: 9 })).rejects.toEqual(refusal)
    expect(await Item.findOne({ clerkId: 'a' }).lean()).toMatchObject({ n: 1 })
  })

  it('of a model whose tenant is required is not stored without one', async () => {
    const orphan = { keyHash: 'h', keyPrefix: 'p' }
    await expect(ApiKey.create(orphan as never)).rejects.toThrow(/clerkId/)
    await expect(ApiKey.insertMany([{ ...orphan, clerkId: undefined }] as never)).rejects.toThrow(/clerkId/)
  })
})

describe('the guard', () => {
  it.each([[1], [true], [['a']], [new Types.ObjectId()], [new Date()]])(
    'takes no tenant that is not text: %s',
    async clerkId => {
      await expect(Item.find({ clerkId } as never)).rejects.toEqual(refusal)
    },
  )

  it('says what was wrong and what to do', async () => {
    await expect(Item.find({ n: 1 })).rejects.toThrow(
      'GuardedEdge.find names no tenant: filter by clerkId or pass ACROSS_TENANTS',
    )
  })

  it('refuses before the database hears of it', async () => {
    const { commandsOf } = await import('../../helpers/commands.ts')
    expect(await commandsOf(() => Item.find({}).catch(() => {}) as Promise<unknown>)).toEqual([])
  })

  it('covers every model with a tenant, and leaves alone what anybody may send', async () => {
    const unguarded = []
    for (const [name, model] of declaredModels) {
      if (!model.schema.path('clerkId')) continue
      const refused = await model.findOne({ _id: id }).then(
        () => false,
        error => error instanceof TenantGuardError,
      )
      if (!refused) unguarded.push(name)
    }
    expect(unguarded.sort()).toEqual(['Contact', 'DemoRequest', 'Feedback'])
    await expect(Contact.countDocuments({ status: 'new' })).resolves.toBe(0)
    await expect(Contact.estimatedDocumentCount()).resolves.toBe(0)
  })
})

describe('a new document of a model that gives it no tenant', () => {
  const strictSchema = new Schema(
    { clerkId: { type: String }, n: { type: Number, default: 0 } },
    { collection: 'guardedstrict' },
  )
  strictSchema.index({ clerkId: 1 })
  const Strict = defineModel('GuardedStrict', strictSchema, { owned: true })

  it.each([
    ['create', () => Strict.create({ n: 1 })],
    ['save', () => new Strict({ n: 1 }).save()],
    ['insertMany of one', () => Strict.insertMany({ n: 1 } as never)],
    ['insertMany of several', () => Strict.insertMany([{ clerkId: 'a' }, { n: 1 }])],
    ['insertMany in any order', () => Strict.insertMany([{ clerkId: 'a' }, { n: 1 }], { ordered: false })],
    ['an undefined tenant', () => Strict.insertMany([{ clerkId: undefined, n: 1 }] as never)],
    ['an empty tenant', () => Strict.create({ clerkId: '' })],
  ])('is refused without one: %s', async (_name, insert) => {
    await expect(insert()).rejects.toEqual(refusal)
    expect(await Strict.estimatedDocumentCount(ACROSS_TENANTS)).toBe(0)
  })

  it('is stored with one, or with null said', async () => {
    await Strict.create({ clerkId: 'a' })
    await Strict.insertMany([{ clerkId: 'a' }, { clerkId: null }])
    expect(await Strict.countDocuments({ clerkId: { $in: ['a', null] } })).toBe(3)
    await Strict.deleteMany({}, ACROSS_TENANTS)
  })

  it.each([
    ['KnowledgeChunk', KnowledgeChunk, { fileId: new Types.ObjectId(), index: 0, text: 't', vector: [] }],
    ['KnowledgeCodes', KnowledgeCodes, { fileId: new Types.ObjectId(), from: 0, codes: [] }],
  ])('is refused: %s, which would be shared with everyone', async (_name, model, document) => {
    await expect((model as typeof KnowledgeChunk).insertMany([document as never])).rejects.toEqual(refusal)
    await expect((model as typeof KnowledgeChunk).create(document as never)).rejects.toEqual(refusal)
  })
})
