import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { getOverview } from '../../../lib/overview/get-overview.ts'
import { StockCounts } from '../../../models/stock-counts.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { background } from '../../setup/file.ts'
import { forgetAll, NOON, signedUp } from './seeds.ts'

const SECOND_MS = 1_000

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  await forgetAll()
  await StockCounts.deleteMany({ _id: 'all' })
})
afterEach(() => vi.useRealTimers())

const total = async () => (await getOverview({ days: 1 })).users.total
const later = (seconds: number) => vi.setSystemTime(NOON.getTime() + seconds * SECOND_MS)

/** As when a million accounts were counted at noon. */
async function countedMany(): Promise<void> {
  const { days, ...stock } = await getOverview({ days: 1 })
  const many = { ...stock, users: { ...stock.users, total: 1_000_000 } }
  await StockCounts.create({ _id: 'all', stock: many, counted: 1_000_000, countedAt: NOON })
}

describe('the stock', () => {
  it('is counted for each who asks while there is little of it', async () => {
    await signedUp({}, {})
    expect(await total()).toBe(2)
    await signedUp({})
    expect(await total()).toBe(3)
    expect(await StockCounts.countDocuments({ _id: 'all' })).toBe(0)
  })

  it('is kept where there is much', async () => {
    await signedUp(...Array.from({ length: 20_001 }, () => ({})))
    expect(await total()).toBe(20_001)
    expect(await StockCounts.findById('all').lean()).toMatchObject({
      stock: { users: { total: 20_001, suspended: 0, deleted: 0 }, plans: { starter: 20_001 } },
      counted: 40_002,
      countedAt: NOON,
    })
  }, 60_000)

  it('is told as it was kept, a minute for a million', async () => {
    await countedMany()
    later(29)
    const commands = await commandsOf(async () => expect(await total()).toBe(1_000_000))
    expect(commands.filter(command => /knowledgefiles|contacts|polarevents/.test(command))).toEqual([])
    later(60)
    expect(await total()).toBe(0)
  })

  it('is counted again after the answer when half of that time is over', async () => {
    await countedMany()
    later(30)
    const commands = await commandsOf(async () => {
      expect(await Promise.all([total(), total()])).toEqual([1_000_000, 1_000_000])
      await background.drain()
    })
    expect(commands.filter(command => command.endsWith(' contacts'))).toHaveLength(1)
  })
})
