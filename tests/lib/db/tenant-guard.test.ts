import { type Model, Schema } from 'mongoose'
import { beforeEach, describe, expect, it } from 'vitest'
import { defineModel } from '../../../lib/db/define-model.ts'
import { ACROSS_TENANTS, TenantGuardError } from '../../../lib/db/tenant-guard.ts'

const schema = new Schema(
  { clerkId: { type: String, default: null }, n: { type: Number, default: 0 } },
  { collection: 'guardeditems' },
)
schema.index({ clerkId: 1, n: 1 })
schema.index({ n: 1 })
const Item = defineModel('GuardedItem', schema, { owned: true })

type Filter = Record<string, unknown>
type Documents = Model<Record<string, unknown>>
const items = Item as unknown as Documents

/** Every way in which a verb can reach documents through a filter. */
const operations: Record<string, (filter: Filter, options?: object) => PromiseLike<unknown>> = {
  find: (filter, options) => items.find(filter, null, options),
  'find through where': (filter, options) => items.where(filter).setOptions(options ?? {}),
  'find with a cursor': async (filter, options) => {
    const found: unknown[] = []
    for await (const document of items.find(filter, null, options).cursor()) found.push(document)
    return found
  },
  findOne: (filter, options) => items.findOne(filter, null, options),
  exists: (filter, options) => items.exists(filter).setOptions(options ?? {}),
  countDocuments: (filter, options) => items.countDocuments(filter, options),
  distinct: (filter, options) => items.distinct('n', filter, options),
  updateOne: (filter, options) => items.updateOne(filter, { n: 9 }, options),
  updateMany: (filter, options) => items.updateMany(filter, { n: 9 }, options),
  replaceOne: (filter, options) => items.replaceOne(filter, { clerkId: 'a', n: 9 }, options),
  findOneAndUpdate: (filter, options) => items.findOneAndUpdate(filter, { n: 9 }, options),
  findOneAndReplace: (filter, options) => items.findOneAndReplace(filter, { clerkId: 'a', n: 9 }, options),
  findOneAndDelete: (filter, options) => items.findOneAndDelete(filter, options),
  deleteOne: (filter, options) => items.deleteOne(filter, options),
  deleteMany: (filter, options) => items.deleteMany(filter, options),
  aggregate: (filter, options) => items.aggregate([{ $match: filter }], options),
  'aggregate with a cursor': async (filter, options) => {
    for await (const document of items.aggregate([{ $match: filter }], options).cursor()) void document
  },
  'bulkWrite updateOne': (filter, options) =>
    items.bulkWrite([{ updateOne: { filter, update: { n: 9 } } }], options),
  'bulkWrite updateMany': (filter, options) =>
    items.bulkWrite([{ updateMany: { filter, update: { n: 9 } } }], options),
  'bulkWrite replaceOne': (filter, options) =>
    items.bulkWrite([{ replaceOne: { filter, replacement: { clerkId: 'a', n: 9 } } }], options),
  'bulkWrite deleteOne': (filter, options) => items.bulkWrite([{ deleteOne: { filter } }], options),
  'bulkWrite deleteMany': (filter, options) => items.bulkWrite([{ deleteMany: { filter } }], options),
}
const names = Object.keys(operations)
const run = async (name: string, filter: Filter, options?: object) => operations[name]?.(filter, options)

const stored = () => Item.find({}, { _id: 0, clerkId: 1, n: 1 }, ACROSS_TENANTS).lean()

beforeEach(async () => {
  await Item.deleteMany({}, ACROSS_TENANTS)
  await Item.insertMany([
    { clerkId: 'a', n: 1 },
    { clerkId: 'b', n: 1 },
  ])
})

const unnamed: [string, Filter][] = [
  ['no tenant', {}],
  ['an undefined tenant', { clerkId: undefined }],
  ['an empty tenant', { clerkId: '' }],
  ['any tenant but one', { clerkId: { $ne: 'a' } }],
  ['every tenant that exists', { clerkId: { $exists: true } }],
  ['tenants by a pattern', { clerkId: /^/ }],
  ['tenants by an operator pattern', { clerkId: { $regex: '' } }],
  ['tenants by order', { clerkId: { $gte: '' } }],
  ['tenants outside a list', { clerkId: { $nin: ['a'] } }],
  ['a pattern within a list', { clerkId: { $in: [/^/] } }],
  ['an undefined within a list', { clerkId: { $in: [undefined] } }],
  ['a list and more', { clerkId: { $in: ['a'], $exists: true } }],
  ['a tenant in one branch of $or', { $or: [{ clerkId: 'a' }, { n: 1 }] }],
  ['a tenant within $and', { $and: [{ n: 1 }] }],
  ['no tenant but an expression', { $expr: { $eq: ['$clerkId', 'a'] } }],
]

describe.each(names)('%s', name => {
  it.each(unnamed)('is refused with %s, and changes nothing', async (_name, filter) => {
    await expect(run(name, filter)).rejects.toBeInstanceOf(TenantGuardError)
    expect(await stored()).toEqual([
      { clerkId: 'a', n: 1 },
      { clerkId: 'b', n: 1 },
    ])
  })

  it.each([
    ['one tenant', { clerkId: 'a' }],
    ['the shared documents', { clerkId: null }],
    ['a tenant and the shared documents', { clerkId: { $in: ['a', null] } }],
    ['a tenant and more', { clerkId: 'a', $or: [{ n: 1 }, { n: 2 }] }],
  ])('is allowed for %s, and stays within', async (_name, filter) => {
    await run(name, filter)
    expect(await Item.findOne({ clerkId: 'b' }).lean()).toMatchObject({ n: 1 })
  })

  it('is allowed across tenants when that is said', async () => {
    await expect(run(name, { n: 1 }, ACROSS_TENANTS)).resolves.not.toThrow()
  })
})
