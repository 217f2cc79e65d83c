import type { Types } from 'mongoose'
import { UsageCounter } from '../../models/usage-counter.ts'
import { gatheredWrites } from '../db/gathered.ts'

/** One chat message for a request that has one attempt alone. */
export type SingleTake = {
  clerkId: string
  period: string
  /** null is unlimited. */
  limit: number | null
  expiresAt: Date | null
  id: Types.ObjectId
}

/** How many takes a counter remembers, to tell whether one happened whose outcome was not heard. */
const MAX_LATELY = 200
/** How many it remembers to have given back: retries of each end within a minute. */
const MAX_GIVEN_BACK = 200

/**
 * Takes the message if that passes no limit; those of the same moment share a command, whatever their tenants.
 * With N left and many at once, exactly N succeed.
 */
export async function takeSingle(take: SingleTake): Promise<boolean> {
  if (take.limit !== null && take.limit < 1) return false
  if (await takeInCompany(take)) return true
  // Full, or another instance made the counter at the same time.
  const { filter, update } = writeOf(take)
  return (await UsageCounter.collection.updateOne(filter, update)).matchedCount > 0
}

/** A full counter is one that is there and does not match: making it again fails. */
const takeInCompany = gatheredWrites<SingleTake>(takes => {
  const writes = takes.map(take => ({ updateOne: { ...writeOf(take), upsert: true } }))
  return UsageCounter.collection.bulkWrite(writes, { ordered: false })
})

/** Straight through the driver: casting would cost more than the write. */
function writeOf({ clerkId, period, limit, expiresAt, id }: SingleTake) {
  const now = new Date()
  const beginning = { files: 0, bytes: 0, takenBy: [], expiresAt, createdAt: now }
  return {
    filter: { clerkId, period, ...(limit !== null && { chatMessages: { $lt: limit } }) },
    update: {
      $inc: { chatMessages: 1 },
      $push: { lately: { $each: [id], $slice: -MAX_LATELY } } as never,
      $set: { updatedAt: now },
      $setOnInsert: beginning,
    },
  }
}

/**
 * Gives the message back, once however often it is tried. Of a take whose outcome was not heard (`isCertain`
 * false) only if it happened.
 */
export async function giveBackSingle({ clerkId, period, id }: SingleTake, isCertain: boolean): Promise<void> {
  await UsageCounter.updateOne(
    { clerkId, period, givenBack: { $ne: id }, ...(!isCertain && { lately: id }) },
    {
      $inc: { chatMessages: -1 },
      $pull: { lately: id },
      $push: { givenBack: { $each: [id], $slice: -MAX_GIVEN_BACK } },
    },
  )
}
