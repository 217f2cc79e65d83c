import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { getOverview } from '../../../lib/overview/get-overview.ts'
import { settleFigures } from '../../../lib/overview/settle-figures.ts'
import { DailyFigures } from '../../../models/daily-figures.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { onCommand } from './commands.ts'
import { DAY_MS, dayOf, daysAgo, forgetAll, midnight, NOON, QUIET_DAY, requested, signedUp } from './seeds.ts'

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  await forgetAll()
})
afterEach(() => vi.useRealTimers())

const figures = async (days = 30) => (await getOverview({ days })).days
const figuresOf = async (ago: number) => (await figures()).find(({ day }) => day === dayOf(daysAgo(ago)))
const keptDays = async () => (await DailyFigures.find().sort({ day: 1 }).lean()).map(({ day }) => day)

describe('the days of the overview', () => {
  it.each([1, 2, 30, 90])('are the last %i, oldest first, today last', async count => {
    const days = await figures(count)
    const expected = Array.from({ length: count }, (_, index) => dayOf(daysAgo(count - 1 - index)))
    expect(days.map(({ day }) => day)).toEqual(expected)
    expect(days.every(day => Object.values({ ...day, day: 0 }).every(value => value === 0))).toBe(true)
  })

  it('begin and end at midnight, UTC', async () => {
    await requested(...[0, DAY_MS - 1, DAY_MS, -1].map(ms => ({ at: midnight(5, ms) })))
    await signedUp(...[0, DAY_MS - 1, DAY_MS, -1].map(ms => ({ createdAt: midnight(5, ms) })))
    const days = await figures(7)
    expect(days.map(({ requests }) => requests)).toEqual([1, 2, 1, 0, 0, 0, 0])
    expect(days.map(({ signUps }) => signUps)).toEqual([1, 2, 1, 0, 0, 0, 0])
  })
})

describe('the figures of a day', () => {
  it.each([0, 3])('add up all tenants (%i days ago)', async ago => {
    const at = daysAgo(ago, -1_000)
    const call = { promptTokens: 10, completionTokens: 5, tokens_used: 15, costUsd: 0.25 }
    await requested(
      { at, clerkId: 'a', metadata: call },
      { at, clerkId: 'a', metadata: { ...call, promptTokens: 1 }, status: 400 },
      { at, clerkId: 'b', status: 399 },
      { at, clerkId: 'c', status: 599, metadata: { ...call, completionTokens: 0 } },
      { at: daysAgo(ago + 1), clerkId: 'd', metadata: call },
    )
    expect(await figuresOf(ago)).toEqual({
      day: dayOf(at),
      signUps: 0,
      activeTenants: 3,
      requests: 4,
      errors: 2,
      promptTokens: 21,
      completionTokens: 10,
      costUsd: 0.75,
    })
  })

  it('tell the cost without the noise of binary fractions', async () => {
    const costs = [0.1, 0.2, 0.0000071, 2e-8]
    await requested(...costs.map(costUsd => ({ at: daysAgo(2), metadata: { costUsd } })))
    expect((await figuresOf(2))?.costUsd).toBe(0.30000712)
  })

  it('count sign-ups that were deleted since, but no tombstones', async () => {
    const createdAt = daysAgo(2)
    await signedUp(
      { createdAt },
      { createdAt, deletedAt: daysAgo(1) },
      { createdAt, deletedAt: createdAt, email: 'user_1@deleted.invalid' },
      { createdAt, email: 'user_2@deleted.invalid.example.com' },
    )
    expect((await figuresOf(2))?.signUps).toBe(3)
  })
})

describe('a day that is over', () => {
  it('is kept by the first overview that asks, and not added up again', async () => {
    await requested({ at: daysAgo(2) }, { at: daysAgo(0, -1) })
    expect((await figures(3)).map(({ requests }) => requests)).toEqual([1, 0, 1])
    expect(await keptDays()).toEqual([dayOf(daysAgo(2)), dayOf(daysAgo(1))])

    await requested({ at: daysAgo(2) }, { at: daysAgo(1) }, { at: daysAgo(0, -1) })
    await signedUp({ createdAt: daysAgo(2) })
    let days: unknown[] = []
    const commands = await commandsOf(async () => {
      days = await figures(3)
    })
    expect(days).toMatchObject([{ requests: 1, signUps: 0 }, { requests: 0 }, { requests: 2 }])
    expect(commands.filter(command => command === 'aggregate usagelogs')).toHaveLength(1)
    expect(commands.filter(command => command.startsWith('update'))).toEqual([])
  })

  it('stays as it was kept when its requests are gone from the log', async () => {
    await requested({ at: daysAgo(4), metadata: { promptTokens: 7, completionTokens: 8, costUsd: 1.5 } })
    await signedUp({ createdAt: daysAgo(4) })
    const before = await figuresOf(4)
    await UsageLog.collection.deleteMany({ clerkId: 'somebody' })
    await settleFigures()
    expect(await figuresOf(4)).toEqual(before)
    expect(before).toMatchObject({
      requests: 1,
      promptTokens: 7,
      completionTokens: 8,
      costUsd: 1.5,
      signUps: 1,
    })
  })

  it('is over ten minutes after midnight, when all of its requests are in the log', async () => {
    vi.setSystemTime(midnight(0, 10 * 60_000 - 1))
    await requested({ at: midnight(0, -1) })
    expect(await figuresOf(1)).toMatchObject({ requests: 1 })
    expect(await keptDays()).not.toContain(dayOf(daysAgo(1)))
    await settleFigures()
    expect(await keptDays()).not.toContain(dayOf(daysAgo(1)))

    await requested({ at: midnight(0, -2) })
    expect(await figuresOf(1)).toMatchObject({ requests: 2 })
    vi.setSystemTime(midnight(0, 10 * 60_000))
    expect(await settleFigures()).toEqual({ days: 1 })
    expect(await keptDays()).toContain(dayOf(daysAgo(1)))
  })

  it('is kept once when many overviews ask at once, and all tell the same', async () => {
    await requested({ at: daysAgo(1) })
    const told = await Promise.all(Array.from({ length: 10 }, () => figures(5)))
    for (const days of told) expect(days).toEqual(told[0])
    expect(await keptDays()).toEqual([4, 3, 2, 1].map(ago => dayOf(daysAgo(ago))))
  })

  it('is told as others kept it while it was being added up', async () => {
    await requested({ at: daysAgo(1) })
    const { errors, day, ...others } = { ...QUIET_DAY, day: dayOf(daysAgo(1)), requests: 42 }
    let theirs: Promise<unknown> | undefined
    const stop = await onCommand('aggregate', 'usagelogs', () => {
      theirs ??= DailyFigures.collection.insertOne({ ...others, day, errorAnswers: errors } as never)
    })
    const [yesterday] = await figures(2)
    stop()
    await theirs
    expect(yesterday).toEqual({ day, errors, ...others })
  })
})
