import mongoose, { Schema } from 'mongoose'
import { beforeEach, describe, expect, it } from 'vitest'
import { defineModel } from '../../../lib/db/define-model.ts'
import { syncIndexes } from '../../../lib/db/indexes.ts'
import { CONTACT_EMAIL_COLLATION, Contact } from '../../../models/contact.ts'

const collection = 'indexeditems'
const schema = new Schema({ a: Number, b: Number, at: Date }, { collection })
schema.index({ a: 1 }, { unique: true })
schema.index({ a: 1, b: -1 })
schema.index({ at: 1 }, { expireAfterSeconds: 60 })
const Item = defineModel('IndexedItem', schema, { owned: false })

const mine = async () => (await syncIndexes()).filter(finding => finding.collection === collection)
const found = async () =>
  Object.fromEntries(
    (await Item.collection.listIndexes().toArray()).map(({ name, ...index }) => [name, index]),
  )

beforeEach(async () => {
  await syncIndexes()
})

describe('bringing a database to its indexes', () => {
  it('changes nothing the second time', async () => {
    expect(await syncIndexes()).toEqual([])
  })

  it('creates what is missing, also the collection, and says so', async () => {
    await mongoose.connection.dropCollection(collection)
    expect(await mine()).toEqual([
      { collection, index: 'a:1', state: 'created' },
      { collection, index: 'a:1 b:-1', state: 'created' },
      { collection, index: 'at:1', state: 'created' },
    ])
    expect(Object.values(await found())).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: { a: 1 }, unique: true }),
        expect.objectContaining({ key: { a: 1, b: -1 } }),
        expect.objectContaining({ key: { at: 1 }, expireAfterSeconds: 60 }),
      ]),
    )
    expect(await mine()).toEqual([])
  })

  it('creates one that alone is missing', async () => {
    await Item.collection.dropIndex('a_1_b_-1')
    expect(await mine()).toEqual([{ collection, index: 'a:1 b:-1', state: 'created' }])
  })

  it.each([
    ['is not unique', { a: 1 }, {}, 'a:1'],
    ['is sparse', { a: 1 }, { unique: true, sparse: true }, 'a:1'],
    ['compares otherwise', { a: 1 }, { unique: true, collation: { locale: 'fr', strength: 2 } }, 'a:1'],
    ['expires at another time', { at: 1 }, { expireAfterSeconds: 5 }, 'at:1'],
    ['never expires', { at: 1 }, {}, 'at:1'],
  ])('reports one that %s, and leaves it alone', async (_name, keys, options, index) => {
    await Item.collection.dropIndex(Object.entries(keys).flat().join('_'))
    await Item.collection.createIndex(keys as Record<string, 1>, { ...options, name: 'theirs' })
    const before = await found()
    expect(await mine()).toEqual([{ collection, index, state: 'differs' }])
    expect(await found()).toEqual(before)
    await Item.collection.dropIndex('theirs')
  })

  it('reports one that nobody declares, and leaves it alone', async () => {
    await Item.collection.createIndex({ b: 1 }, { name: 'by_hand' })
    expect(await mine()).toEqual([{ collection, index: 'by_hand', state: 'undeclared' }])
    expect(await found()).toHaveProperty('by_hand')
    await Item.collection.dropIndex('by_hand')
  })

  it('takes one of the same kind under another name for what it is', async () => {
    await Item.collection.dropIndex('a_1_b_-1')
    await Item.collection.createIndex({ a: 1, b: -1 }, { name: 'older_name' })
    expect(await mine()).toEqual([])
    await Item.collection.dropIndex('older_name')
  })

  it('may be done twice at once', async () => {
    await mongoose.connection.dropCollection(collection)
    await expect(Promise.all([syncIndexes(), syncIndexes()])).resolves.toHaveLength(2)
    expect(await mine()).toEqual([])
  })
})

describe('the address of a contact', () => {
  const contact = (email: string) => Contact.create({ name: 'n', message: 'm', email })
  const count = (email: string) => Contact.countDocuments({ email }).collation(CONTACT_EMAIL_COLLATION)

  it('is one in whatever case: É = é', async () => {
    await contact('élodie@example.com')
    await expect(contact('ÉLODIE@example.com')).rejects.toMatchObject({ code: 11000 })
    await expect(
      Contact.collection.insertOne({ email: 'ÉLODIE@Example.COM', name: 'n', message: 'm' } as never),
    ).rejects.toMatchObject({ code: 11000 })
    expect(await count('Élodie@EXAMPLE.com')).toBe(1)
  })

  it('is another with another accent: é ≠ e', async () => {
    await contact('rene@example.com')
    await contact('rené@example.com')
    expect(await count('RENÉ@example.com')).toBe(1)
  })
})

describe('a query that no index serves', () => {
  it('is refused', async () => {
    await expect(Item.find({ b: 1 })).rejects.toMatchObject({ codeName: 'NoQueryExecutionPlans' })
    await expect(Item.find({ a: 1 })).resolves.toEqual([])
    await expect(Contact.find({ email: 'a@example.com' })).rejects.toThrow(/notablescan|No indexed plans/i)
  })
})
