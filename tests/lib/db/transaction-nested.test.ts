import { randomUUID } from 'node:crypto'
import { mongo } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { isDatabaseAway } from '../../../lib/db/faults.ts'
import { endTransactionOf, idOf, inTransaction, withSession } from '../../../lib/db/transaction.ts'
import { UsageCounter } from '../../../models/usage-counter.ts'

const period = 'total'
const add = (clerkId: string) =>
  inTransaction(async session => {
    await UsageCounter.updateOne({ clerkId, period }, { $inc: { files: 1 } }, { session })
  })

async function freshCounter(): Promise<string> {
  const clerkId = `user_${randomUUID()}`
  await UsageCounter.create({ clerkId, period })
  return clerkId
}
const files = async (clerkId: string) => (await UsageCounter.findOne({ clerkId, period }).lean())?.files

describe('a transaction within another', () => {
  it('is part of it: both happen', async () => {
    const [one, other] = [await freshCounter(), await freshCounter()]
    await inTransaction(async () => {
      await add(one)
      await add(other)
      expect(await files(one)).toBe(0)
    })
    expect([await files(one), await files(other)]).toEqual([1, 1])
  })

  it('is part of it: neither happens', async () => {
    const clerkId = await freshCounter()
    const work = inTransaction(async () => {
      await add(clerkId)
      throw new Error('no')
    })
    await expect(work).rejects.toThrow('no')
    expect(await files(clerkId)).toBe(0)
  })

  it('stands on its own when it begins after the outer one ended', async () => {
    const clerkId = await freshCounter()
    const over = Promise.withResolvers<void>()
    let late: Promise<void> | undefined
    await inTransaction(async () => {
      late ??= over.promise.then(() => add(clerkId))
    })
    over.resolve()
    await late
    expect(await files(clerkId)).toBe(1)
  })
})

describe('a transaction that waits for another’s locks', () => {
  it('gives up in time, as a database that is away', async () => {
    const start = performance.now()
    const fault = await inTransaction(async () => {
      const conflict = new mongo.MongoServerError({ message: 'WriteConflict', code: 112 })
      conflict.addErrorLabel('TransientTransactionError')
      throw conflict
    }).catch((error: unknown) => error)
    expect(isDatabaseAway(fault)).toBe(true)
    expect(performance.now() - start).toBeGreaterThan(6_000)
    expect(performance.now() - start).toBeLessThan(9_000)
  })

  it('goes on at once when that one is ended from elsewhere', async () => {
    const clerkId = await freshCounter()
    await withSession(async session => {
      session.startTransaction()
      await UsageCounter.updateOne({ clerkId, period }, { $inc: { files: 10 } }, { session })
      const waiting = add(clerkId)
      await endTransactionOf(idOf(session))
      await waiting
      await expect(session.commitTransaction()).rejects.toThrow()
    })
    expect(await files(clerkId)).toBe(1)
  })
})
