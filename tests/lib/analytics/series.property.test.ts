import type { CommandStartedEvent } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { eventSeries } from '../../../lib/analytics/event-series.ts'
import { connect } from '../../../lib/db/connect.ts'
import { AnalyticsEvent } from '../../../models/analytics-event.ts'
import { happened } from '../../api/analytics/events.ts'
import { pick, random } from '../billing/histories.ts'

const HOUR_MS = 3_600_000
const INTERVALS = ['hour', 'day', 'month'] as const
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']
const WIDTHS = { hour: 4 * 24 * HOUR_MS, day: 90 * 24 * HOUR_MS, month: 1_500 * 24 * HOUR_MS }
/** How much of an ISO date and time names a step. */
const LENGTHS = { hour: 13, day: 10, month: 7 }

type Happened = { event: string; at: Date }
type Range = { from: Date; to: Date; interval: (typeof INTERVALS)[number]; event: string | undefined }

const countBy = (keys: string[]) =>
  keys.reduce((counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1), new Map<string, number>())

/** The same by plain counting, a step being what its moments have in common when written down. */
function counted(events: Happened[], { from, to, interval, event }: Range) {
  const within = events.filter(({ at }) => at >= from && at < to)
  const nameOf = (moment: Date) => moment.toISOString().slice(0, LENGTHS[interval])
  const names = new Set<string>()
  for (let time = from.getTime(); time < to.getTime(); time += HOUR_MS) names.add(nameOf(new Date(time)))
  names.add(nameOf(new Date(to.getTime() - 1)))
  const shown = within.filter(each => event === undefined || each.event === event)
  const counts = countBy(shown.map(({ at }) => nameOf(at)))
  const top = [...countBy(within.map(each => each.event))]
    .map(([name, count]) => ({ event: name, count }))
    .sort((a, b) => b.count - a.count || (a.event < b.event ? -1 : 1))
  return {
    data: [...names].map(name => ({ name, count: counts.get(name) ?? 0 })),
    total: shown.length,
    topEvents: top.slice(0, 10),
  }
}

describe('a series of random events', () => {
  it.each([1, 2, 3, 4, 5, 6])('is what counting them gives (seed %i)', async seed => {
    const next = random(seed)
    const owner = { clerkId: `series-${seed}` }
    const middle = Date.UTC(2024, Math.floor(next() * 36), 1)
    // Round moments are where one step ends and the next begins.
    const momentWithin = (width: number) => {
      const time = middle + Math.floor((next() - 0.5) * width)
      return new Date(next() < 0.4 ? Math.floor(time / HOUR_MS) * HOUR_MS : time)
    }
    const events = Array.from({ length: 300 }, () => ({
      event: pick(next, NAMES),
      at: momentWithin(WIDTHS[pick(next, INTERVALS)]),
    }))
    await happened(owner, ...events)
    await happened(null, ...events)
    await happened({ clerkId: `${owner.clerkId}-other` }, ...events)
    for (let round = 0; round < 40; round++) {
      const interval = pick(next, INTERVALS)
      const edge = () =>
        interval !== 'hour' && next() < 0.2 ? pick(next, events).at : momentWithin(WIDTHS[interval])
      const [from, to] = [edge(), edge()].sort((a, b) => a.getTime() - b.getTime()) as [Date, Date]
      if (from.getTime() === to.getTime()) continue
      const range = { from, to, interval, event: next() < 0.3 ? pick(next, NAMES) : undefined }
      const { data, total, topEvents } = await eventSeries(owner, range)
      const named = data.map(({ time, count }) => ({
        name: time.toISOString().slice(0, LENGTHS[interval]),
        count,
      }))
      const what = JSON.stringify({ seed, round, ...range })
      expect({ data: named, total, topEvents }, what).toEqual(counted(events, range))
      for (const { time } of data) {
        const beginning = `${time.toISOString().slice(0, LENGTHS[interval])}-01`.slice(0, 10)
        if (interval !== 'hour') expect(time).toEqual(new Date(beginning))
      }
    }
  })
})

describe('what a series reads', () => {
  it.each([undefined, 'a'])('is index entries of the range only, no documents (event %s)', async event => {
    const owner = { clerkId: `covered-${event}` }
    const days = Array.from({ length: 20 }, (_, day) => new Date(Date.UTC(2026, 0, 1 + day)))
    await happened(
      owner,
      ...days.flatMap(at => [
        { at, event: 'a' },
        { at, event: 'b' },
      ]),
    )
    const range = {
      from: new Date('2026-01-05'),
      to: new Date('2026-01-10'),
      interval: 'day' as const,
      event,
    }
    const commands = await aggregationsOf(() => eventSeries(owner, range))
    expect(commands).toHaveLength(2)
    for (const { pipeline, hint } of commands) {
      const plan = await AnalyticsEvent.collection.aggregate(pipeline, { hint }).explain('executionStats')
      const [stats] = statsOf(plan)
      expect(stats?.totalDocsExamined).toBe(0)
      expect(stats?.totalKeysExamined).toBeLessThanOrEqual(12)
    }
  })
})

type Aggregation = { pipeline: object[]; hint: Record<string, number> }
type Stats = { totalDocsExamined: number; totalKeysExamined: number }

async function aggregationsOf(work: () => Promise<unknown>): Promise<Aggregation[]> {
  const client = (await connect()).getClient()
  const seen: Aggregation[] = []
  const note = ({ commandName, command }: CommandStartedEvent) => {
    if (commandName === 'aggregate') seen.push({ pipeline: command.pipeline, hint: command.hint })
  }
  client.on('commandStarted', note)
  await work()
  client.off('commandStarted', note)
  return seen
}

/** Wherever in the plan they are told. */
function statsOf(plan: unknown): Stats[] {
  if (typeof plan !== 'object' || plan === null) return []
  if ('totalDocsExamined' in plan) return [plan as Stats]
  return Object.values(plan).flatMap(statsOf)
}
