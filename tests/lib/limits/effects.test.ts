import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { giveBack, keepTaken, reserve } from '../../../lib/limits/counters.ts'
import { UsageCounter } from '../../../models/usage-counter.ts'
import { commandsOf } from '../../helpers/commands.ts'

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
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 1, takenBy: [], keptBy: ['effect'] })
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
    for (let count = 0; count < 505; count++) await keepTaken(clerkId, period, one, `effect ${count}`)
    const kept = await counterOf(clerkId)
    expect(kept?.takenBy).toEqual([])
    expect(kept?.keptBy).toHaveLength(500)
  })

  it('is nothing to give back when the counter is gone', async () => {
    const clerkId = newSubject()
    await giveBack(clerkId, period, one, null)
    await giveBack(clerkId, period, one, 'effect')
    expect(await counterOf(clerkId)).toBeNull()
  })
})

type Step = (clerkId: string) => Promise<unknown>
const taking: Step = clerkId => take(clerkId, 9, 'effect')
const keeping: Step = clerkId => keepTaken(clerkId, period, one, 'effect')
const givingBack: Step = clerkId => giveBack(clerkId, period, one, 'effect')

/** Each order in which the steps of some attempts can come. */
function orders(attempts: Step[][]): Step[][] {
  const begun = attempts.filter(attempt => attempt.length > 0)
  if (begun.length === 0) return [[]]
  return begun.flatMap(attempt => {
    const others = begun.filter(other => other !== attempt)
    return orders([attempt.slice(1), ...others]).map(rest => [...attempt.slice(0, 1), ...rest])
  })
}

describe('three attempts of one effect', () => {
  it.each([0, 1, 2, 3])(
    'count once, in whatever order they come, if any of them is kept: %s are',
    async kept => {
      const attempts = [0, 1, 2].map(at => [taking, at < kept ? keeping : givingBack])
      const all = orders(attempts)
      expect(all).toHaveLength(90)
      const counts = await Promise.all(
        all.map(async steps => {
          const clerkId = newSubject()
          for (const step of steps) await step(clerkId)
          return (await counterOf(clerkId))?.chatMessages
        }),
      )
      expect(new Set(counts)).toEqual(new Set([Math.min(1, kept)]))
    },
  )

  it('count once also when all of it happens at once', async () => {
    for (let round = 0; round < 10; round++) {
      const clerkId = newSubject()
      await Promise.all([taking, taking, taking].map(step => step(clerkId)))
      await Promise.all([keeping, givingBack, taking, givingBack, keeping].map(step => step(clerkId)))
      expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 1, takenBy: [], keptBy: ['effect'] })
    }
  })

  it('count once also when others take and give back between the looks of the one that is kept', async () => {
    const clerkId = newSubject()
    await taking(clerkId)
    await givingBack(clerkId)
    const { updateOne, exists } = UsageCounter
    const following = (step: Step, then: (...given: never[]) => unknown) =>
      (async (...given: never[]) => {
        await step(clerkId)
        return then.apply(UsageCounter, given)
      }) as never
    vi.spyOn(UsageCounter, 'updateOne')
      .mockImplementationOnce(following(async () => {}, updateOne))
      .mockImplementationOnce(following(taking, updateOne))
    vi.spyOn(UsageCounter, 'exists').mockImplementationOnce(following(givingBack, exists))
    onTestFinished(() => void vi.restoreAllMocks())
    await keeping(clerkId)
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 1, takenBy: [], keptBy: ['effect'] })
  })

  it('costs one command to take and one to keep', async () => {
    const clerkId = newSubject()
    await take(clerkId, 9, 'another')
    const commands = await commandsOf(async () => {
      await taking(clerkId)
      await keeping(clerkId)
    })
    expect(commands).toEqual(['update usagecounters', 'update usagecounters'])
  })
})
