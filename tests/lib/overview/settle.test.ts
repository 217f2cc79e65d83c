import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { getOverview } from '../../../lib/overview/get-overview.ts'
import { settleFigures } from '../../../lib/overview/settle-figures.ts'
import { DailyFigures } from '../../../models/daily-figures.ts'
import { onCommand } from './commands.ts'
import { dayOf, daysAgo, forgetAll, NOON, QUIET_DAY, requested } from './seeds.ts'

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  await forgetAll()
})
afterEach(() => vi.useRealTimers())

const kept = () => DailyFigures.find().sort({ day: 1 }).lean()
/** Days before today, oldest first. */
const FINISHED = Array.from({ length: 89 }, (_, index) => dayOf(daysAgo(89 - index)))

describe('settling the figures', () => {
  it('keeps every day that is over and in the log as a whole, and the next time none', async () => {
    await requested({ at: daysAgo(89), status: 500 }, { at: daysAgo(1) }, { at: daysAgo(0) })
    expect(await settleFigures()).toEqual({ days: 89 })
    const first = await kept()
    expect(first.map(({ day }) => day)).toEqual(FINISHED)
    const { errors, ...quiet } = QUIET_DAY
    expect(first[0]).toMatchObject({ ...quiet, requests: 1, errorAnswers: 1, activeTenants: 1 })
    expect(first[1]).toMatchObject({ ...quiet, errorAnswers: 0 })
    expect(first.at(-1)).toMatchObject({ requests: 1 })
    expect(await settleFigures()).toEqual({ days: 0 })
    expect(await kept()).toEqual(first)
  })

  it('keeps what is missing only, on whichever day it comes', async () => {
    await settleFigures()
    await DailyFigures.deleteMany({
      day: { $in: FINISHED.filter((_, index) => index === 3 || index === 50) },
    })
    await requested({ at: daysAgo(89 - 50) }, { at: daysAgo(89 - 51) })
    expect(await settleFigures()).toEqual({ days: 2 })
    const days = await kept()
    expect(days.map(({ day }) => day)).toEqual(FINISHED)
    expect(days.slice(50, 52).map(({ requests }) => requests)).toEqual([1, 0])
  })

  it('leaves a day of the overview’s as it is', async () => {
    await requested({ at: daysAgo(1) })
    await getOverview({ days: 2 })
    await requested({ at: daysAgo(1) })
    expect(await settleFigures()).toEqual({ days: 88 })
    expect((await kept()).at(-1)).toMatchObject({ requests: 1 })
  })

  it('twice at once keeps each day once', async () => {
    await requested({ at: daysAgo(7) })
    const reports = await Promise.all([settleFigures(), settleFigures(), settleFigures()])
    expect(reports.reduce((sum, { days }) => sum + days, 0)).toBe(89)
    expect((await kept()).map(({ day }) => day)).toEqual(FINISHED)
  })

  it('does nothing when there is no time, and goes on from the oldest when there is', async () => {
    expect(await settleFigures({ until: NOON })).toEqual({ days: 0 })
    expect(await kept()).toEqual([])

    const stop = await onCommand('update', 'dailyfigures', () => vi.setSystemTime(Date.now() + 1_000))
    expect(await settleFigures({ until: new Date(NOON.getTime() + 3_000) })).toEqual({ days: 3 })
    stop()
    expect((await kept()).map(({ day }) => day)).toEqual(FINISHED.slice(0, 3))
    expect(await settleFigures()).toEqual({ days: 86 })
  })

  it('keeps what it did when the database fails on the way, and goes on the next time', async () => {
    const { db } = await connect()
    await db?.command({ collMod: 'dailyfigures', validator: { day: { $ne: FINISHED[4] } } })
    await expect(settleFigures()).rejects.toThrow('validation')
    await db?.command({ collMod: 'dailyfigures', validator: {} })
    expect(await kept()).toHaveLength(4)
    expect(await settleFigures()).toEqual({ days: 85 })
  })
})
