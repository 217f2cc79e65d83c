import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { settle } from '../../../lib/figures/settle.ts'
import { SETTLED_ID } from '../../../lib/figures/settled.ts'
import { EventFigures } from '../../../models/event-figures.ts'
import { SettledFigures } from '../../../models/settled-figures.ts'
import { UsageFigures } from '../../../models/usage-figures.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { User } from '../../../models/user.ts'
import { happened } from '../../api/analytics/events.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { onCommand } from '../overview/commands.ts'
import { DAY_MS, daysAgo, midnight, NOON, requested, signedUp } from '../overview/seeds.ts'
import { forgetAll, groupsOf, HOUR_MS, MINUTE_MS, refusing, settleAll, settledUntil } from './seeds.ts'

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  await forgetAll()
})
afterEach(() => vi.useRealTimers())

const figures = () =>
  UsageFigures.find({ unit: { $in: ['day', 'hour'] } }).setOptions({ acrossTenants: true })
const starts = async (unit: 'day' | 'hour') =>
  (await figures().sort({ start: 1 }).lean()).flatMap(one => (one.unit === unit ? [one.start] : []))
const requests = async (from: Date, to: Date) => {
  const groups = await groupsOf('somebody', from, to, 'endpoint')
  return groups.reduce((sum, group) => sum + group.requests, 0)
}
const ALL = [daysAgo(10), daysAgo(-1)] as const
const noonHour = (hour: number, ms = 0) => midnight(0, hour * HOUR_MS + ms)

describe('settling', () => {
  it('makes figures of each day that is over, and of the hours of today', async () => {
    await requested({ at: daysAgo(2) }, { at: midnight(1, -1) }, { at: noonHour(10) }, { at: noonHour(11) })
    await settleAll()
    expect(await starts('day')).toEqual([midnight(2)])
    expect(await starts('hour')).toEqual([noonHour(10)])
    expect(await settledUntil()).toEqual({
      days: midnight(0).toISOString(),
      hours: noonHour(11).toISOString(),
    })
    expect(await requests(...ALL)).toBe(4)
  })

  it('begins with the oldest day in any log and goes on day by day', async () => {
    await happened({ clerkId: 'somebody' }, { event: 'a', at: daysAgo(20) })
    await requested({ at: daysAgo(3) })
    await settleAll()
    expect(
      (await EventFigures.find({ unit: 'day', clerkId: 'somebody', event: 'a' }).lean()).map(
        ({ start }) => start,
      ),
    ).toEqual([midnight(20)])
    expect(await starts('day')).toEqual([midnight(3)])
  })

  it('leaves an hour and a day alone until ten minutes after them', async () => {
    vi.setSystemTime(midnight(0, 10 * MINUTE_MS - 1))
    await requested({ at: midnight(0, -1) })
    await settleAll()
    expect(await settledUntil()).toEqual({
      days: midnight(1).toISOString(),
      hours: midnight(0, -HOUR_MS).toISOString(),
    })
    await requested({ at: midnight(0, -1) })
    vi.setSystemTime(midnight(0, 10 * MINUTE_MS))
    await settleAll()
    expect(await settledUntil()).toEqual({
      days: midnight(0).toISOString(),
      hours: midnight(0, -HOUR_MS).toISOString(),
    })
    expect(await starts('day')).toEqual([midnight(1)])
    expect(await requests(...ALL)).toBe(2)
  })

  it('reads no row again once its day or hour is settled', async () => {
    await requested({ at: daysAgo(3) }, { at: noonHour(2) })
    await settleAll()
    const commands = await commandsOf(settleAll)
    expect(commands.filter(command => /usagelogs|analyticevents|figures$/.test(command))).toEqual([
      'findAndModify settledfigures',
      'update settledfigures',
    ])
  })

  it('keeps no figures longer than the rows they were made of', async () => {
    await requested({ at: daysAgo(2) }, { at: noonHour(5) })
    await settleAll()
    const kept = await figures().sort({ start: 1 }).lean()
    expect(kept.map(({ expiresAt }) => expiresAt)).toEqual([
      new Date(midnight(1).getTime() + 90 * DAY_MS),
      new Date(noonHour(6).getTime() + 90 * DAY_MS),
    ])
  })

  it('lets hours go when their day is settled, an hour later than that', async () => {
    await requested({ at: noonHour(5) })
    await happened({ clerkId: 'somebody' }, { event: 'a', at: noonHour(5) })
    await settleAll()
    const hours = { unit: 'hour' as const, clerkId: 'somebody' }
    for (const days of [1, 2]) {
      vi.setSystemTime(NOON.getTime() + days * DAY_MS)
      await settleAll()
      const [usage, events] = await Promise.all([
        UsageFigures.findOne(hours).lean(),
        EventFigures.findOne(hours).lean(),
      ])
      const soon = new Date(Date.now() + HOUR_MS)
      expect([usage?.expiresAt, events?.expiresAt]).toEqual(
        days === 1 ? [new Date(noonHour(6).getTime() + 90 * DAY_MS), null] : [soon, soon],
      )
    }
  })

  it('makes none of accounts that are about to be purged', async () => {
    const deleted = (ago: number) => ({ deletedAt: daysAgo(ago) })
    await signedUp(deleted(28), deleted(30), {})
    const found = await User.find({}, { clerkId: 1, deletedAt: 1 }, { acrossTenants: true }).sort({
      createdAt: -1,
    })
    for (const { clerkId } of found) {
      await requested({ at: daysAgo(40), clerkId }, { at: noonHour(5), clerkId })
      await happened({ clerkId }, { event: 'a', at: daysAgo(40) })
    }
    await settleAll()
    const kept = found
      .filter(({ deletedAt }) => !deletedAt || deletedAt > daysAgo(29))
      .map(one => one.clerkId)
    expect(kept).toHaveLength(2)
    const usage = (await figures().lean()).map(({ clerkId }) => clerkId)
    expect(usage.sort()).toEqual([...kept, ...kept].sort())
    const events = await EventFigures.find({ unit: 'day', event: 'a' })
      .setOptions({ acrossTenants: true })
      .lean()
    expect(events.map(({ clerkId }) => clerkId).sort()).toEqual(kept.toSorted())
  })
})

describe('settling that is disturbed', () => {
  it('begins nothing without time, and goes on from the oldest', async () => {
    await requested({ at: daysAgo(3) }, { at: daysAgo(2) }, { at: noonHour(2) })
    expect(await commandsOf(() => settle({ until: NOON }))).toEqual([])
    const stop = await onCommand('aggregate', 'usagelogs', () => vi.setSystemTime(Date.now() + 1_000))
    // The first of these looks for the oldest row.
    await settle({ until: new Date(NOON.getTime() + 2_500) })
    stop()
    expect(await settledUntil()).toEqual({ days: midnight(1).toISOString(), hours: undefined })
    expect(await starts('hour')).toEqual([])
    expect(await requests(...ALL)).toBe(3)
    await settleAll()
    expect(await settledUntil()).toMatchObject({ days: midnight(0).toISOString() })
    expect(await requests(...ALL)).toBe(3)
  })

  it.each(['eventfigures', 'usagefigures'])(
    'that ends with some figures and no mark is made good (at %s)',
    async collection => {
      await requested({ at: daysAgo(1) }, { at: noonHour(3) })
      await happened({ clerkId: 'somebody' }, { event: 'a', at: daysAgo(1) })
      await refusing(collection, async () => {
        await expect(settleAll()).rejects.toThrow('validation')
      })
      expect(await settledUntil()).toMatchObject({ days: midnight(1).toISOString() })
      expect(await requests(...ALL)).toBe(2)
      // What came late, as it may when nothing was settled.
      await requested({ at: daysAgo(1) })
      await settleAll()
      expect(await settledUntil()).toMatchObject({ days: midnight(0).toISOString() })
      expect(await requests(...ALL)).toBe(3)
      expect(await starts('day')).toEqual([midnight(1)])
    },
  )

  it('by the end of its process, is taken up when its time is over', async () => {
    await requested({ at: daysAgo(1) })
    await settleAll()
    const leaseUntil = new Date(Date.now() + 2 * MINUTE_MS)
    await SettledFigures.updateOne({ _id: SETTLED_ID }, { $set: { leaseUntil, days: midnight(1) } })
    await settleAll()
    expect(await settledUntil()).toMatchObject({ days: midnight(1).toISOString() })
    vi.setSystemTime(leaseUntil)
    await settleAll()
    expect(await settledUntil()).toMatchObject({ days: midnight(0).toISOString() })
  })

  it('by others at once, is done by one of them', async () => {
    await requested({ at: daysAgo(3) }, { at: noonHour(1) }, { at: noonHour(2) })
    await signedUp({ createdAt: noonHour(1) })
    const commands = await commandsOf(() => Promise.all([settleAll(), settleAll(), settleAll()]))
    expect(commands.filter(command => command === 'update settledfigures')).toHaveLength(1 + 3 + 11 + 1)
    const mark = await SettledFigures.findOne().lean()
    expect(mark?.soFar).toMatchObject({ requests: 2, signUps: 1 })
    expect(await UsageLog.countDocuments({ clerkId: 'somebody' })).toBe(3)
    expect(await requests(...ALL)).toBe(3)
  })
})
