import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventSeries } from '../../../lib/analytics/event-series.ts'
import { getOverview } from '../../../lib/overview/get-overview.ts'
import { happened } from '../../api/analytics/events.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { background } from '../../setup/file.ts'
import { daysAgo, midnight, NOON, requested } from '../overview/seeds.ts'
import { forgetAll, groupsOf, HOUR_MS, settleAll, settledUntil } from './seeds.ts'

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  await forgetAll()
})
afterEach(() => vi.useRealTimers())

const MANY = 500
const usage = () => groupsOf('somebody', daysAgo(3), NOON, 'day')
const logged = (count: number, at = daysAgo(1)) =>
  requested(...Array.from({ length: count }, (_, n) => ({ at: new Date(at.getTime() + n) })))
const NOTHING = { days: undefined, hours: undefined }
const UNTIL_NOW = { days: midnight(0).toISOString(), hours: midnight(0, 11 * HOUR_MS).toISOString() }

describe('a report that reads', () => {
  it('few rows settles nothing', async () => {
    await logged(MANY - 1)
    await usage()
    await background.drain()
    expect(await settledUntil()).toEqual(NOTHING)
  })

  it('many rows has them settled after its answer, once for all who ask', async () => {
    await logged(MANY)
    const commands = await commandsOf(async () => {
      await Promise.all([usage(), usage(), usage()])
      await background.drain()
    })
    expect(await settledUntil()).toEqual(UNTIL_NOW)
    expect(commands.filter(command => command.startsWith('findAndModify'))).toHaveLength(1)
    const again = await commandsOf(async () => {
      expect(await usage()).toMatchObject([{ requests: MANY }])
      await background.drain()
    })
    expect(again.filter(command => !command.endsWith(' usagelogs'))).toEqual([
      'find settledfigures',
      'find usagefigures',
      'find usagefigures',
    ])
  })

  it('many events does so, too, and so does an overview of a busy day', async () => {
    await happened(
      { clerkId: 'somebody' },
      ...Array.from({ length: MANY }, () => ({ event: 'a', at: daysAgo(1) })),
    )
    await eventSeries({ clerkId: 'somebody' }, { interval: 'day' })
    await background.drain()
    expect(await settledUntil()).toEqual(UNTIL_NOW)

    await forgetAll()
    await logged(MANY, midnight(0))
    await getOverview({ days: 1 })
    await background.drain()
    expect(await settledUntil()).toEqual(UNTIL_NOW)
  })

  it('many rows of an hour that is not over settles nothing', async () => {
    await logged(MANY, midnight(0, 11.5 * HOUR_MS))
    await settleAll()
    const commands = await commandsOf(async () => {
      await usage()
      await background.drain()
    })
    expect(commands.filter(command => command.startsWith('findAndModify'))).toEqual([])
  })
})
