import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { inTransaction } from '../../../lib/db/transaction.ts'
import {
  adjust,
  ensureCounter,
  monthOf,
  nextMonth,
  readCounters,
  reserve,
  STANDING_PERIOD,
} from '../../../lib/limits/counters.ts'
import { UsageCounter } from '../../../models/usage-counter.ts'
import { commandsOf } from '../../helpers/commands.ts'

const PERIOD = '2026-01'
const newSubject = () => `user_${randomUUID()}`

const counterOf = (clerkId: string, period = PERIOD) => UsageCounter.findOne({ clerkId, period }).lean()

const takeMessage = (clerkId: string, limit: number | null, amount = 1) =>
  reserve(clerkId, PERIOD, { chatMessages: amount }, { chatMessages: limit })

const granted = (answers: boolean[]) => answers.filter(Boolean).length

describe('reserve', () => {
  it('lets exactly the 100 that are left through, of 500 at once', async () => {
    const clerkId = newSubject()
    await adjust(clerkId, PERIOD, { chatMessages: 900 })
    const answers = await Promise.all(Array.from({ length: 500 }, () => takeMessage(clerkId, 1_000)))
    expect(granted(answers)).toBe(100)
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 1_000 })
  })

  it.each(Array.from({ length: 10 }, (_, round) => round))(
    'loses none of the very first ones, all at once (round %i)',
    async () => {
      const clerkId = newSubject()
      const answers = await Promise.all(Array.from({ length: 40 }, () => takeMessage(clerkId, 40)))
      expect(granted(answers)).toBe(40)
      expect(await takeMessage(clerkId, 40)).toBe(false)
      expect(await UsageCounter.countDocuments({ clerkId })).toBe(1)
      expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 40 })
    },
  )

  it('lets exactly three of the very first ones through when there are three', async () => {
    const clerkId = newSubject()
    const answers = await Promise.all(Array.from({ length: 40 }, () => takeMessage(clerkId, 3)))
    expect(granted(answers)).toBe(3)
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 3 })
  })

  it('grants up to the ceiling itself and not one more', async () => {
    const clerkId = newSubject()
    expect(await takeMessage(clerkId, 10, 10)).toBe(true)
    expect(await takeMessage(clerkId, 10, 1)).toBe(false)
    expect(await takeMessage(newSubject(), 10, 11)).toBe(false)
    expect(await takeMessage(newSubject(), 0)).toBe(false)
  })

  it('knows no end where the ceiling is null or absent', async () => {
    const clerkId = newSubject()
    expect(await takeMessage(clerkId, null, 1e9)).toBe(true)
    expect(await reserve(clerkId, PERIOD, { chatMessages: 1e9 }, {})).toBe(true)
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 2e9 })
  })

  it('takes of all counters or of none', async () => {
    const clerkId = newSubject()
    const ceilings = { files: 2, bytes: 100 }
    const take = (files: number, bytes: number) =>
      reserve(clerkId, STANDING_PERIOD, { files, bytes }, ceilings)
    expect(await take(1, 90)).toBe(true)
    expect(await take(1, 11)).toBe(false)
    expect(await counterOf(clerkId, STANDING_PERIOD)).toMatchObject({ files: 1, bytes: 90 })
    expect(await take(1, 10)).toBe(true)
    expect(await take(1, 0)).toBe(false)
    expect(await counterOf(clerkId, STANDING_PERIOD)).toMatchObject({ files: 2, bytes: 100 })
  })

  it('never passes any ceiling of several, whoever comes first', async () => {
    const clerkId = newSubject()
    const ceilings = { files: 30, bytes: 1_000 }
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        reserve(clerkId, STANDING_PERIOD, { files: 1, bytes: index % 2 ? 100 : 1 }, ceilings),
      ),
    )
    const stored = await counterOf(clerkId, STANDING_PERIOD)
    expect(stored?.files).toBe(granted(answers))
    expect(stored?.files).toBeLessThanOrEqual(30)
    expect(stored?.bytes).toBeLessThanOrEqual(1_000)
  })

  it('keeps subjects and periods apart', async () => {
    const [one, other] = [newSubject(), newSubject()]
    expect(await takeMessage(one, 1)).toBe(true)
    expect(await takeMessage(other, 1)).toBe(true)
    expect(await reserve(one, '2026-02', { chatMessages: 1 }, { chatMessages: 1 })).toBe(true)
    expect(await takeMessage(one, 1)).toBe(false)
  })

  it('can take again what was given back', async () => {
    const clerkId = newSubject()
    expect(await takeMessage(clerkId, 1)).toBe(true)
    await adjust(clerkId, PERIOD, { chatMessages: -1 })
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 0 })
    expect(await takeMessage(clerkId, 1)).toBe(true)
    expect(await takeMessage(clerkId, 1)).toBe(false)
  })

  it('costs one command once the counter exists', async () => {
    const clerkId = newSubject()
    await takeMessage(clerkId, 5)
    expect(await commandsOf(() => takeMessage(clerkId, 5))).toEqual(['update usagecounters'])
  })

  it('notes when a counter may go, on its first write only', async () => {
    const clerkId = newSubject()
    const [expiresAt, later] = [new Date('2026-02-01'), new Date('2026-03-01')]
    const take = (when: Date) => reserve(clerkId, PERIOD, { chatMessages: 1 }, {}, { expiresAt: when })
    await take(expiresAt)
    await take(later)
    expect((await counterOf(clerkId))?.expiresAt).toEqual(expiresAt)
  })
})

describe('reserve within a transaction', () => {
  const take = (clerkId: string, limit = 5) =>
    inTransaction(session =>
      reserve(clerkId, PERIOD, { chatMessages: 1 }, { chatMessages: limit }, { session }),
    )

  it('refuses while the counter is missing: ensureCounter comes first', async () => {
    const clerkId = newSubject()
    expect(await take(clerkId)).toBe(false)
    expect(await counterOf(clerkId)).toBeNull()
    await ensureCounter(clerkId, PERIOD)
    expect(await take(clerkId)).toBe(true)
  })

  it('takes nothing when the transaction fails', async () => {
    const clerkId = newSubject()
    await ensureCounter(clerkId, PERIOD)
    const failing = inTransaction(async session => {
      await reserve(clerkId, PERIOD, { chatMessages: 1 }, {}, { session })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 0 })
  })

  it('is as exact', async () => {
    const clerkId = newSubject()
    await ensureCounter(clerkId, PERIOD)
    const answers = await Promise.all(Array.from({ length: 20 }, () => take(clerkId, 7)))
    expect(granted(answers)).toBe(7)
  })
})

describe('ensureCounter', () => {
  it('makes one counter, however many ask at once', async () => {
    const clerkId = newSubject()
    await Promise.all(Array.from({ length: 20 }, () => ensureCounter(clerkId, PERIOD)))
    expect(await UsageCounter.countDocuments({ clerkId })).toBe(1)
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 0, files: 0, bytes: 0 })
  })

  it('leaves one that exists as it is', async () => {
    const clerkId = newSubject()
    await adjust(clerkId, PERIOD, { chatMessages: 4 })
    await ensureCounter(clerkId, PERIOD)
    expect(await counterOf(clerkId)).toMatchObject({ chatMessages: 4 })
  })
})

describe('adjust', () => {
  it('makes a counter that can be reserved of', async () => {
    const clerkId = newSubject()
    await adjust(clerkId, STANDING_PERIOD, { files: 1 })
    expect(await reserve(clerkId, STANDING_PERIOD, { files: 1, bytes: 5 }, { files: 2, bytes: 5 })).toBe(true)
  })
})

describe('readCounters', () => {
  it('reads this month’s and the standing ones of that tenant', async () => {
    const [clerkId, other] = [newSubject(), newSubject()]
    const now = new Date('2026-01-31T23:59:59.999Z')
    await adjust(clerkId, '2026-01', { chatMessages: 3 })
    await adjust(clerkId, '2025-12', { chatMessages: 40 })
    await adjust(clerkId, STANDING_PERIOD, { files: 2, bytes: 500 })
    await adjust(other, '2026-01', { chatMessages: 7 })
    expect(await readCounters(clerkId, now)).toEqual({ chatMessages: 3, files: 2, bytes: 500 })
    const nextDay = new Date('2026-02-01T00:00:00Z')
    expect(await readCounters(clerkId, nextDay)).toEqual({ chatMessages: 0, files: 2, bytes: 500 })
    expect(await readCounters(newSubject())).toEqual({ chatMessages: 0, files: 0, bytes: 0 })
  })
})

describe('periods', () => {
  it.each([
    ['2026-01-01T00:00:00.000Z', '2026-01', '2026-02-01T00:00:00.000Z'],
    ['2026-01-31T23:59:59.999Z', '2026-01', '2026-02-01T00:00:00.000Z'],
    ['2026-02-28T12:00:00.000Z', '2026-02', '2026-03-01T00:00:00.000Z'],
    ['2028-02-29T12:00:00.000Z', '2028-02', '2028-03-01T00:00:00.000Z'],
    ['2026-12-01T00:00:00.000Z', '2026-12', '2027-01-01T00:00:00.000Z'],
    ['2026-12-31T23:59:59.999Z', '2026-12', '2027-01-01T00:00:00.000Z'],
  ])('%s is in %s, which ends at %s', (moment, month, end) => {
    expect(monthOf(new Date(moment))).toBe(month)
    expect(nextMonth(new Date(moment)).toISOString()).toBe(end)
    expect(monthOf(nextMonth(new Date(moment)))).not.toBe(month)
  })
})
