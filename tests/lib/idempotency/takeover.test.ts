import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { withSession } from '../../../lib/db/transaction.ts'
import { claim, giveUp, renew, type Subject, settle } from '../../../lib/idempotency/internal/claim.ts'
import { type KeyedRequest, runOnce, type Work } from '../../../lib/idempotency/run-once.ts'
import { IdempotencyRecord } from '../../../models/idempotency-record.ts'

function subject(given: Partial<Subject> = {}): Subject {
  return {
    clerkId: `user_${randomUUID()}`,
    keyHash: 'h',
    sessionId: null,
    fingerprint: () => 'f',
    ...given,
  }
}
const nothing = () => {}
const overdue = ({ clerkId }: { clerkId: string }) =>
  IdempotencyRecord.updateOne({ clerkId }, { $set: { leaseUntil: new Date(0) } })
const rowOf = ({ clerkId }: { clerkId: string }) => IdempotencyRecord.findOne({ clerkId }).lean()

describe('a row that changes between a retry’s look and its takeover', () => {
  it('because its attempt ended, is not run again', async () => {
    const ours = subject()
    const first = await claim(ours, nothing)
    await overdue(ours)
    let settling: Promise<boolean> | undefined
    const retry = await claim({ ...ours, sessionId: randomUUID().replaceAll('-', '') }, () => {
      settling ??= settle(first.row, { contentHash: null, contentBytes: null, reply: 'kept' })
    })
    const isKept = await settling
    expect([isKept, retry.isMine]).toSatisfy(([kept, mine]) => kept !== mine)
    expect((await rowOf(ours))?.reply).toBe(isKept ? 'kept' : null)
  })

  it('because its attempt is alive after all, stays with it', async () => {
    const ours = subject()
    const first = await claim(ours, nothing)
    await overdue(ours)
    const stale = await rowOf(ours)
    await renew(first.row)
    expect((await rowOf(ours))?.leaseUntil.getTime()).toBeGreaterThan(stale?.leaseUntil.getTime() ?? 0)
    expect((await claim(ours, nothing)).isMine).toBe(false)
  })

  it('because it was given up, is not revived by a late sign of life', async () => {
    const ours = subject()
    const first = await claim(ours, nothing)
    await giveUp(first.row)
    await renew(first.row)
    expect((await claim(ours, nothing)).isMine).toBe(true)
  })
})

describe('locks that a dead attempt left and nobody can end', () => {
  it('make a retry wait a little, then come again', async () => {
    const ours = subject()
    await claim(ours, nothing)
    await overdue(ours)
    await withSession(async session => {
      session.startTransaction()
      const { clerkId } = ours
      await IdempotencyRecord.updateOne({ clerkId }, { $set: { reply: 'unfinished' } }, { session })
      const start = performance.now()
      expect((await claim(ours, nothing)).isMine).toBe(false)
      expect(performance.now() - start).toBeLessThan(4_500)
      await session.abortTransaction()
    })
    expect((await claim(ours, nothing)).isMine).toBe(true)
  })

  it('do not matter when the session named cannot be ended: it may be of no such form', async () => {
    const ours = subject({ sessionId: 'ab'.repeat(16) })
    await claim(ours, nothing)
    await IdempotencyRecord.updateOne(
      { clerkId: ours.clerkId },
      { $set: { leaseUntil: new Date(0), sessionId: 'not a session' } },
    )
    expect((await claim(ours, nothing)).isMine).toBe(true)
  })
})

describe('fifty at once', () => {
  const request = (): KeyedRequest => ({
    clerkId: `user_${randomUUID()}`,
    key: randomUUID(),
    about: {},
    content: null,
    isAtomic: false,
  })

  it('whose work fails each time are told so, or to wait', async () => {
    const asked = request()
    const work: Work<string> = {
      run: async () => {
        await sleep(2)
        throw new Error('the work failed')
      },
      refusal: async () => null,
    }
    const ends = await Promise.allSettled(Array.from({ length: 50 }, () => runOnce(asked, work)))
    const reasons = ends.map(end => (end.status === 'rejected' ? String(end.reason.message) : 'answered'))
    for (const reason of reasons) expect(reason).toMatch(/the work failed|is still running/)
    expect(reasons).toContain('the work failed')
  })

  it('whose attempts keep losing their lease agree on one reply in the end', async () => {
    const asked = request()
    let runs = 0
    const work: Work<number> = {
      run: async () => {
        const run = ++runs
        await overdue(asked)
        await sleep(run % 3)
        return run
      },
      refusal: async () => null,
    }
    await Promise.allSettled(Array.from({ length: 50 }, () => runOnce(asked, work)))
    const replies = await Promise.all(Array.from({ length: 5 }, () => runOnce(asked, work)))
    expect(new Set(replies.map(({ reply }) => reply)).size).toBe(1)
    for (const { isReplayed } of replies) expect(isReplayed).toBe(true)
  })
})
