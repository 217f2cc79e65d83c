import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { getOverview } from '../../../lib/overview/get-overview.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { forgetAll, HOUR_MS, MINUTE_MS, settleAll } from '../figures/seeds.ts'
import { midnight, NOON, QUIET_DAY, requested, signedUp } from './seeds.ts'

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  await forgetAll()
})
afterEach(() => vi.useRealTimers())

const at = (hour: number, ms = 0) => midnight(0, hour * HOUR_MS + ms)
const call = { promptTokens: 10, completionTokens: 5, costUsd: 0.1 }

async function today(days = 1) {
  const [{ day, ...figures } = QUIET_DAY as never] = (await getOverview({ days })).days
  return figures
}

describe('the day under way', () => {
  it('is its settled hours and what came since, each tenant counted once', async () => {
    await requested(
      { at: at(1), clerkId: 'a', metadata: call, status: 500 },
      { at: at(9), clerkId: 'a', metadata: call },
      { at: at(9), clerkId: 'b', metadata: call },
      { at: at(11), clerkId: 'b', metadata: call, status: 404 },
      { at: at(11), clerkId: 'c', metadata: call },
    )
    await signedUp({ createdAt: at(3) }, { createdAt: at(11) })
    const before = await today()
    expect(before).toEqual({
      signUps: 2,
      activeTenants: 3,
      requests: 5,
      errors: 2,
      promptTokens: 50,
      completionTokens: 25,
      costUsd: 0.5,
    })
    await settleAll()
    expect(await today()).toEqual(before)
    // What is settled is not read again.
    await UsageLog.deleteMany({ clerkId: { $in: ['a', 'b', 'c'] }, createdAt: { $lt: at(11) } })
    expect(await today()).toEqual(before)
  })

  it('goes on hour by hour', async () => {
    for (const hour of [2, 3, 3, 5]) {
      await requested({ at: at(hour, MINUTE_MS), clerkId: `of ${hour}`, metadata: call })
      await signedUp({ createdAt: at(hour) })
      vi.setSystemTime(at(hour + 1, 15 * MINUTE_MS))
      await settleAll()
    }
    // The second request of the fourth hour came when that was settled.
    expect(await today()).toMatchObject({ signUps: 3, activeTenants: 3, requests: 3, costUsd: 0.3 })
  })

  it('begins anew each day', async () => {
    await requested({ at: at(9), clerkId: 'a' }, { at: at(25), clerkId: 'b' })
    await settleAll()
    vi.setSystemTime(at(26, 15 * MINUTE_MS))
    await settleAll()
    const { days } = await getOverview({ days: 2 })
    expect(days).toMatchObject([
      { requests: 1, activeTenants: 1 },
      { requests: 1, activeTenants: 1 },
    ])
  })

  it('is whole once it is over, though only a part of its hours was settled', async () => {
    await requested({ at: at(9) }, { at: at(20) })
    vi.setSystemTime(at(17, 15 * MINUTE_MS))
    await settleAll()
    vi.setSystemTime(at(24, 15 * MINUTE_MS))
    await settleAll()
    expect(await today(2)).toMatchObject({ requests: 2 })
  })
})
