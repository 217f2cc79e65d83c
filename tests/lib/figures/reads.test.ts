import type { Document } from 'mongodb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventSeries } from '../../../lib/analytics/event-series.ts'
import { connect } from '../../../lib/db/connect.ts'
import { getOverview } from '../../../lib/overview/get-overview.ts'
import { happened } from '../../api/analytics/events.ts'
import { daysAgo, midnight, NOON, requested, signedUp } from '../overview/seeds.ts'
import { forgetAll, groupsOf, HOUR_MS, settleAll } from './seeds.ts'

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  await forgetAll()
})
afterEach(() => vi.useRealTimers())

const owner = { clerkId: 'somebody' }
const DAYS = [9, 8, 7, 6, 5, 4, 3, 2, 1]

/** So many requests, events and sign-ups in an hour of each day, and in two of today's. */
async function busy(each: number): Promise<void> {
  const moments = [...DAYS.map(day => daysAgo(day)), midnight(0, HOUR_MS), midnight(0, 2 * HOUR_MS)]
  const all = moments.flatMap(at => Array.from({ length: each }, (_, n) => new Date(at.getTime() + n)))
  await requested(...all.map(at => ({ at })))
  await happened(owner, ...all.map(at => ({ at, event: 'a' })))
  await signedUp(...all.map(createdAt => ({ createdAt })))
}

/** All keys and documents that the server looked at for `work`, but in `left`. */
async function examinedBy(work: () => Promise<unknown>, left: string[] = []): Promise<number> {
  const { db } = await connect()
  await db?.command({ profile: 2 })
  await work()
  await db?.command({ profile: 0 })
  const profile = db?.collection('system.profile')
  const entries = (await profile?.find({}, { readConcern: { level: 'local' } }).toArray()) ?? []
  await profile?.drop()
  const isCounted = ({ ns }: Document) => !left.includes(String(ns).split('.')[1] ?? '')
  return entries
    .filter(isCounted)
    .reduce((sum, { keysExamined = 0, docsExamined = 0 }) => sum + keysExamined + docsExamined, 0)
}

const reports: [string, () => Promise<unknown>][] = [
  ['usage by day', () => groupsOf('somebody', midnight(9), NOON, 'day')],
  ['usage by endpoint', () => groupsOf('somebody', midnight(9), NOON, 'endpoint')],
  ['the days of the overview', () => getOverview({ days: 10 })],
  ['events by hour', () => eventSeries(owner, { interval: 'hour', from: midnight(9), to: NOON })],
  ['events by day', () => eventSeries(owner, { interval: 'day', from: midnight(9), to: NOON })],
  ['one event', () => eventSeries(owner, { interval: 'day', from: midnight(9), to: NOON, event: 'a' })],
]

describe('what is read of settled days and hours', () => {
  it.each(reports)('does not grow with what happened in them: %s', async (_name, report) => {
    const examined: number[] = []
    for (const each of [3, 60]) {
      await forgetAll()
      await busy(each)
      await settleAll()
      await getOverview({ days: 10 })
      // Accounts are counted by their stock as well.
      const left = _name.includes('overview') ? ['users'] : []
      // The server may do something of its own meanwhile, but hardly twice.
      examined.push(Math.min(await examinedBy(report, left), await examinedBy(report, left)))
    }
    expect(examined[1]).toBe(examined[0])
    expect(examined[0]).toBeLessThan(100)
  })
})
