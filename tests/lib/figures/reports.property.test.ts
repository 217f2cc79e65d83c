import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventSeries } from '../../../lib/analytics/event-series.ts'
import { getOverview } from '../../../lib/overview/get-overview.ts'
import type { UsageGroup } from '../../../lib/usage/internal/read-groups.ts'
import { DailyFigures } from '../../../models/daily-figures.ts'
import { pick, random } from '../billing/histories.ts'
import { dayOf, NOON } from '../overview/seeds.ts'
import { forgetAll, groupsOf, HOUR_MS, MINUTE_MS, settleAll } from './seeds.ts'
import { groupsByHand, happenings, seriesByHand, shownOf, store, TENANTS } from './timeline.ts'

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  await forgetAll()
})
afterEach(() => vi.useRealTimers())

const BEGIN = new Date(NOON.getTime() - 80 * HOUR_MS)

/** Times are exact below a second, and else within half a percent. */
function expectGroups(found: UsageGroup[], expected: UsageGroup[], what: string) {
  const timeless = (groups: UsageGroup[]) => groups.map(({ p50Ms, p95Ms, ...others }) => others)
  expect(timeless(found), what).toEqual(timeless(expected))
  for (const [index, { p50Ms, p95Ms }] of expected.entries())
    for (const [told, exact] of [
      [found[index]?.p50Ms, p50Ms],
      [found[index]?.p95Ms, p95Ms],
    ] as const) {
      if (exact === null || exact < 1_000) expect(told, what).toBe(exact)
      else expect(Math.abs((told ?? 0) - exact), what).toBeLessThanOrEqual(exact * 0.005)
    }
}

describe('while time goes on and hours and days are settled', () => {
  it.each([1, 2, 3, 4])(
    'reports are what counting the rows gives (seed %i)',
    async seed => {
      const next = random(seed)
      const coming = happenings(next, BEGIN, NOON, 500)
      const stored: typeof coming = []
      for (
        let now = BEGIN.getTime() + HOUR_MS;
        now <= NOON.getTime();
        now += Math.ceil(next() * 14 * HOUR_MS)
      ) {
        vi.setSystemTime(now)
        const news = coming.filter(({ storedAt }) => storedAt.getTime() <= now).slice(stored.length)
        await store(news)
        stored.push(...news)
        if (next() < 0.7) await settleAll()

        for (let round = 0; round < 6; round++) {
          const clerkId = pick(next, TENANTS)
          const edge = () => {
            const time = BEGIN.getTime() + Math.floor(next() * (now - BEGIN.getTime() + HOUR_MS))
            const step = pick(next, STEPS)
            return new Date(Math.floor(time / step) * step)
          }
          const [from, to] = [edge(), edge()].sort((a, b) => a.getTime() - b.getTime()) as [Date, Date]
          if (from.getTime() === to.getTime()) continue
          const own = stored.filter(one => one.clerkId === clerkId && one.at >= from && one.at < to)
          const what = JSON.stringify({ seed, now: new Date(now), clerkId, from, to })
          const groupBy = pick(next, ['day', 'endpoint'] as const)
          expectGroups(await groupsOf(clerkId, from, to, groupBy), groupsByHand(own, groupBy), what)
          const interval = pick(next, ['hour', 'day', 'month'] as const)
          const asked = { from, to, interval, event: next() < 0.3 ? 'bought' : undefined }
          const series = await eventSeries({ clerkId }, asked)
          expect(shownOf(series, asked), what).toEqual(seriesByHand(own, asked))
        }

        await DailyFigures.deleteMany({ day: { $gte: '2000-01-01' } })
        for (const figures of (await getOverview({ days: 5 })).days) {
          const ofDay = stored.filter(({ at }) => dayOf(at) === figures.day)
          const [sums = { requests: 0, errors: 0, promptTokens: 0, completionTokens: 0, costUsd: 0 }] =
            groupsByHand(ofDay, 'day')
          const { requests, errors, promptTokens, completionTokens, costUsd } = sums
          const usage = { requests, errors, promptTokens, completionTokens, costUsd }
          const activeTenants = new Set(ofDay.map(({ clerkId }) => clerkId)).size
          const what = JSON.stringify({ seed, now: new Date(now) })
          expect(figures, what).toEqual({ day: figures.day, signUps: 0, activeTenants, ...usage })
        }
      }
      expect(stored.length).toBeGreaterThan(300)
    },
    60_000,
  )
})

const STEPS = [1, MINUTE_MS, HOUR_MS, 24 * HOUR_MS] as const
