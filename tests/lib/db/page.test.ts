import { Schema, Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { defineModel } from '../../../lib/db/define-model.ts'
import { afterCursor, toPage } from '../../../lib/db/page.ts'
import { InvalidInput } from '../../../lib/errors.ts'

const Item = defineModel('PageItem', new Schema({ n: Number }, { collection: 'pageitems' }), { owned: false })

async function readAll(limit: number, between = async () => {}): Promise<{ ns: number[]; pages: number }> {
  const ns: number[] = []
  let pages = 0
  let cursor: string | undefined
  do {
    const found = await Item.find(afterCursor(cursor))
      .sort({ _id: -1 })
      .limit(limit + 1)
      .hint({ _id: 1 })
      .lean()
    const page = toPage(found, limit, ({ n }) => n ?? -1)
    ns.push(...page.data)
    pages++
    cursor = page.nextCursor ?? undefined
    await between()
  } while (cursor)
  return { ns, pages }
}

describe('pages', () => {
  const all = Array.from({ length: 25 }, (_, index) => 24 - index)

  it.each([
    [1, 25],
    [7, 4],
    [24, 2],
    [25, 1],
    [100, 1],
  ])('of %i make the whole list, newest first, without a gap or duplicate', async (limit, pages) => {
    await Item.deleteMany()
    await Item.insertMany(Array.from({ length: 25 }, (_, n) => ({ n })))
    expect(await readAll(limit)).toEqual({ ns: all, pages })
  })

  it('stay whole while new documents arrive and shown ones go', async () => {
    await Item.deleteMany()
    await Item.insertMany(Array.from({ length: 25 }, (_, n) => ({ n })))
    const { ns } = await readAll(5, async () => {
      await Item.create({ n: 99 })
      await Item.deleteOne({ n: 24 }).hint({ _id: 1 })
    })
    expect(ns).toEqual(all)
  })

  it('of an empty list end at once', () => {
    expect(toPage([], 20, () => 0)).toEqual({ data: [], nextCursor: null })
  })
})

describe('a cursor', () => {
  it('is opaque, and leads to what follows it', () => {
    const ids = [new Types.ObjectId(), new Types.ObjectId()].map(_id => ({ _id }))
    const { nextCursor } = toPage(ids, 1, () => 0)
    expect(nextCursor).toMatch(/^[\w-]{16}$/)
    expect(afterCursor(nextCursor ?? '')._id?.$lt).toEqual(ids[0]?._id)
  })

  it.each([
    ['', 'nothing'],
    ['garbage', 'too short'],
    ['a'.repeat(24), 'too long'],
    ['507f1f77bcf86cd799439011', 'a plain id'],
    ['AAAAAAAA!!AAAAAAAA', 'stray characters'],
    ['AAAA AAAA AAAA AAAA', 'blanks'],
    ['AAAA+AAA/AAAAAAA', 'another alphabet'],
    ['AAAAAAAAAAAAAAAA=', 'padding'],
    ['{"$ne":null}', 'an operator'],
  ])('“%s” is refused: %s', cursor => {
    expect(() => afterCursor(cursor)).toThrow(InvalidInput)
  })
})
