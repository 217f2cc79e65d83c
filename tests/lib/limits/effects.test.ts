import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { giveBack, keepTaken, reserve } from '../../../lib/limits/counters.ts'
import { UsageCounter } from '../../../models/usage-counter.ts'

const period = '2026-01'
const one = { chatMessages: 1 }
const newSubject = () => `user_${randomUUID()}`
const take = (clerkId: string, limit: number, effectId: string | null) =>
  reserve(clerkId, period, one, { chatMessages: limit }, { effectId })
const counterOf = (clerkId: string) => UsageCounter.findOne({ clerkId, period }).lean()

describe('what is reserved for an effect', () => {
  it('is taken once, by however many attempts at once, also when nothing is left for others', async () => {
    const clerkId = newSubject()
    const attempts = await Promise.all(Array.from({ length: 20 }, () => take(clerkId, 1, 'effect')))
    expect(attempts).toEqual(attempts.map(() => true))
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 1 })
    expect(await take(clerkId, 1, 'another')).toBe(false)
    expect(await take(clerkId, 1, 'effect')).toBe(true)
  })

  it('is given back once', async () => {
    const clerkId = newSubject()
    await take(clerkId, 5, 'effect')
    await take(clerkId, 5, 'another')
    await Promise.all(Array.from({ length: 5 }, () => giveBack(clerkId, period, one, 'effect')))
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 1, takenBy: ['another'] })
    expect(await take(clerkId, 2, 'effect')).toBe(true)
  })

  it('is used for good once it is kept: a late attempt has nothing to give back', async () => {
    const clerkId = newSubject()
    await take(clerkId, 5, 'effect')
    await keepTaken(clerkId, period, one, 'effect')
    await giveBack(clerkId, period, one, 'effect')
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 1, takenBy: [] })
  })

  it('is used for good once it is kept, also when another attempt gave it back before', async () => {
    const clerkId = newSubject()
    await take(clerkId, 5, 'effect')
    await giveBack(clerkId, period, one, 'effect')
    await keepTaken(clerkId, period, one, 'effect')
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 1 })
  })

  it('leaves a row that stays small', async () => {
    const clerkId = newSubject()
    for (let count = 0; count < 505; count++) await take(clerkId, 1_000, `effect ${count}`)
    const { chatMessages, takenBy } = (await counterOf(clerkId)) ?? {}
    expect(chatMessages).toBe(505)
    expect(takenBy).toHaveLength(500)
    expect(takenBy?.at(-1)).toBe('effect 504')
  })

  it('is nothing to give back when the counter is gone', async () => {
    const clerkId = newSubject()
    await giveBack(clerkId, period, one, null)
    await giveBack(clerkId, period, one, 'effect')
    expect(await counterOf(clerkId)).toBeNull()
  })
})
