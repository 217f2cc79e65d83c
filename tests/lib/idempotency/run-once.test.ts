import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { inTransaction } from '../../../lib/db/transaction.ts'
import { AppError } from '../../../lib/errors.ts'
import { type KeyedRequest, runOnce, type Work } from '../../../lib/idempotency/run-once.ts'
import { AnalyticsEvent } from '../../../models/analytics-event.ts'
import { IdempotencyRecord } from '../../../models/idempotency-record.ts'

function request(given: Partial<KeyedRequest> = {}): KeyedRequest {
  return {
    clerkId: `user_${randomUUID()}`,
    key: randomUUID(),
    about: { asked: 'this' },
    content: null,
    isAtomic: false,
    ...given,
  }
}

const rowOf = ({ clerkId }: KeyedRequest) => IdempotencyRecord.findOne({ clerkId }).lean()
const overdue = ({ clerkId }: KeyedRequest) =>
  IdempotencyRecord.updateOne({ clerkId }, { $set: { leaseUntil: new Date(0) } })

/** Work that counts its runs; `during` happens in each. */
function counted(during: (effectId: string) => Promise<void> = async () => {}) {
  const ids: string[] = []
  const work: Work<{ run: number }> = {
    async run(effectId) {
      ids.push(effectId)
      const run = ids.length
      await during(effectId)
      return { run }
    },
    refusal: async () => null,
  }
  return { work, ids }
}

/** Atomic work that leaves one event behind. */
function writing(clerkId: string, during: () => Promise<void> = async () => {}): Work<string> {
  return {
    run: () =>
      inTransaction(async session => {
        await AnalyticsEvent.create([{ clerkId, event: 'effect' }], { session })
        await during()
        return 'done'
      }),
    refusal: async error => (error instanceof AppError ? `refused: ${error.code}` : null),
  }
}
const effects = (clerkId: string) => AnalyticsEvent.countDocuments({ clerkId })

describe('a failure', () => {
  it('that is nobody’s refusal is not remembered, and the retry makes the same thing', async () => {
    const asked = request()
    const { work, ids } = counted(async () => {
      if (ids.length === 1) throw new Error('away')
    })
    await expect(runOnce(asked, work)).rejects.toThrow('away')
    expect(await runOnce(asked, work)).toEqual({ reply: { run: 2 }, isReplayed: false })
    expect(await runOnce(asked, work)).toEqual({ reply: { run: 2 }, isReplayed: true })
    expect(ids[0]).toBe(ids[1])
    expect(ids[0]).toMatch(/^[0-9a-f]{24}$/)
  })

  it('leaves the key to the request it came with', async () => {
    const asked = request()
    const { work } = counted(() => Promise.reject(new Error('away')))
    await expect(runOnce(asked, work)).rejects.toThrow('away')
    const other = { ...asked, about: { asked: 'that' } }
    await expect(runOnce(other, work)).rejects.toMatchObject({ code: 'idempotency_mismatch' })
  })

  it('of atomic work undoes its effect, and is remembered if it is a refusal', async () => {
    const asked = request({ isAtomic: true })
    const refused = writing(asked.clerkId, () => Promise.reject(new AppError('conflict', 'no')))
    expect(await runOnce(asked, refused)).toEqual({ reply: 'refused: conflict', isReplayed: false })
    expect(await runOnce(asked, writing(asked.clerkId))).toEqual({
      reply: 'refused: conflict',
      isReplayed: true,
    })
    expect(await effects(asked.clerkId)).toBe(0)
  })
})

describe('atomic work', () => {
  it('and its reply are stored together', async () => {
    const asked = request({ isAtomic: true })
    const stored: unknown[] = []
    const work = writing(asked.clerkId, async () => {
      stored.push((await rowOf(asked))?.reply, await effects(asked.clerkId))
    })
    await runOnce(asked, work)
    expect(stored).toEqual([null, 0])
    expect((await rowOf(asked))?.reply).toEqual(expect.any(String))
    expect(await effects(asked.clerkId)).toBe(1)
  })

  it('of an attempt that was overtaken has no effect', async () => {
    const asked = request({ isAtomic: true })
    let overtaking: Promise<unknown> | undefined
    const slow = writing(asked.clerkId, async () => {
      overtaking ??= overdue(asked).then(() => runOnce(asked, writing(asked.clerkId)))
      await overtaking
    })
    await expect(runOnce(asked, slow)).rejects.toMatchObject({ code: 'conflict' })
    expect(await overtaking).toEqual({ reply: 'done', isReplayed: false })
    expect(await effects(asked.clerkId)).toBe(1)
  })

  it('ends the transaction that a dead attempt left open', async () => {
    const asked = request({ isAtomic: true })
    const dead = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const stuck = runOnce(
      asked,
      writing(asked.clerkId, async () => {
        begun.resolve()
        await dead.promise
      }),
    )
    await begun.promise
    await overdue(asked)
    expect(await runOnce(asked, writing(asked.clerkId))).toMatchObject({ reply: 'done' })
    dead.resolve()
    await expect(stuck).rejects.toThrow()
    expect(await effects(asked.clerkId)).toBe(1)
  })
})

describe('while an attempt runs', () => {
  it('its lease is renewed, and others are told to wait', async () => {
    const asked = request()
    const leases: (Date | undefined)[] = []
    const { work, ids } = counted(async () => {
      leases.push((await rowOf(asked))?.leaseUntil)
      await sleep(4_000)
      leases.push((await rowOf(asked))?.leaseUntil)
      await expect(runOnce(asked, work)).rejects.toMatchObject({
        code: 'conflict',
        extras: { retryAfterSeconds: 1 },
      })
    })
    await runOnce(asked, work)
    const [first, second] = leases.map(lease => lease?.getTime() ?? 0)
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(2_000)
    expect(ids).toHaveLength(1)
  })

  it('another request under its key is refused at once', async () => {
    const asked = request()
    const { work } = counted(async () => {
      const other = { ...asked, about: { asked: 'that' } }
      await expect(runOnce(other, work)).rejects.toMatchObject({ code: 'idempotency_mismatch' })
    })
    await runOnce(asked, work)
  })

  it('and falls silent, one of many retries takes over', async () => {
    const asked = request()
    const silence = Promise.withResolvers<void>()
    const { work, ids } = counted(async () => {
      if (ids.length === 1) await silence.promise
      else await sleep(50)
    })
    const first = runOnce(asked, work)
    while (ids.length === 0) await sleep(5)
    await overdue(asked)
    const retries = await Promise.allSettled(Array.from({ length: 12 }, () => runOnce(asked, work)))
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(ids[1])
    const answered = retries.flatMap(retry => (retry.status === 'fulfilled' ? [retry.value.reply] : []))
    expect(new Set(answered.map(({ run }) => run))).toEqual(new Set([2]))
    silence.resolve()
    await first
    expect((await runOnce(asked, work)).reply).toEqual({ run: 2 })
  })
})
