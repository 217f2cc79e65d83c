import { randomUUID } from 'node:crypto'
import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { giveBackSingle, type SingleTake, takeSingle } from '../../../lib/limits/single-take.ts'
import { UsageCounter } from '../../../models/usage-counter.ts'
import { commandsOf } from '../../helpers/commands.ts'

const period = '2026-01'
const newSubject = () => `user_${randomUUID()}`
const takeOf = (clerkId: string, limit: number | null = null): SingleTake => {
  return { clerkId, period, limit, expiresAt: null, id: new Types.ObjectId() }
}
const counterOf = (clerkId: string) => UsageCounter.findOne({ clerkId, period }).lean()
const usedBy = async (clerkId: string) => (await counterOf(clerkId))?.chatMessages
const taken = (answers: boolean[]) => answers.filter(Boolean).length

describe('a message taken once', () => {
  it('of 300 at once with 50 left goes to exactly 50', async () => {
    const clerkId = newSubject()
    await UsageCounter.create({ clerkId, period, chatMessages: 950 })
    const all = Array.from({ length: 300 }, () => takeSingle(takeOf(clerkId, 1_000)))
    expect(taken(await Promise.all(all))).toBe(50)
    expect(await usedBy(clerkId)).toBe(1_000)
  })

  it('is the first of its period for whoever comes first, with a counter like any other', async () => {
    const clerkId = newSubject()
    const all = Array.from({ length: 20 }, () => takeSingle(takeOf(clerkId, 10)))
    expect(taken(await Promise.all(all))).toBe(10)
    const zero = { files: 0, bytes: 0, takenBy: [], expiresAt: null, createdAt: expect.any(Date) }
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 10, ...zero })
  })

  it('is refused by a limit of nothing', async () => {
    const clerkId = newSubject()
    expect(await takeSingle(takeOf(clerkId, 0))).toBe(false)
    expect(await counterOf(clerkId)).toBeNull()
  })

  it('shares its command with others of the same moment, each with its own outcome', async () => {
    const [full, ...others] = Array.from({ length: 20 }, newSubject)
    if (!full) throw new Error('nobody')
    await Promise.all(others.map(clerkId => takeSingle(takeOf(clerkId))))
    const all = () => Promise.all(others.map(clerkId => takeSingle(takeOf(clerkId, 9))))
    expect(await commandsOf(all)).toEqual(['update usagecounters'])
    await UsageCounter.create({ clerkId: full, period, chatMessages: 9 })
    const mixed = await Promise.all([full, ...others].map(clerkId => takeSingle(takeOf(clerkId, 9))))
    expect(mixed).toEqual([false, ...others.map(() => true)])
    expect(await Promise.all([full, ...others].map(usedBy))).toEqual([9, ...others.map(() => 3)])
  })

  it('leaves a row that stays small', async () => {
    const clerkId = newSubject()
    await Promise.all(Array.from({ length: 210 }, () => takeSingle(takeOf(clerkId))))
    const counter = await counterOf(clerkId)
    expect(counter?.chatMessages).toBe(210)
    expect(counter?.lately).toHaveLength(200)
  })
})

describe('a message given back', () => {
  it('comes back once, however often that is tried', async () => {
    const take = takeOf(newSubject(), 5)
    await takeSingle(take)
    await takeSingle(takeOf(take.clerkId, 5))
    await Promise.all(Array.from({ length: 5 }, () => giveBackSingle(take, true)))
    expect(await usedBy(take.clerkId)).toBe(1)
  })

  it('comes back though many were taken since', async () => {
    const take = takeOf(newSubject())
    await takeSingle(take)
    await Promise.all(Array.from({ length: 220 }, () => takeSingle(takeOf(take.clerkId))))
    await giveBackSingle(take, true)
    await giveBackSingle(take, true)
    expect(await usedBy(take.clerkId)).toBe(220)
  })

  it.each([
    ['that happened comes back, once', true, 1],
    ['that did not happen changes nothing', false, 1],
  ])('of a take whose outcome was not heard: one %s', async (_name, happened, used) => {
    const take = takeOf(newSubject(), 5)
    await takeSingle(takeOf(take.clerkId, 5))
    if (happened) await takeSingle(take)
    await Promise.all(Array.from({ length: 3 }, () => giveBackSingle(take, false)))
    expect(await usedBy(take.clerkId)).toBe(used)
  })

  it('makes no counter that is gone', async () => {
    const take = takeOf(newSubject())
    await giveBackSingle(take, true)
    expect(await counterOf(take.clerkId)).toBeNull()
  })
})
