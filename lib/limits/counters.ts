import type { ClientSession } from 'mongoose'
import { UsageCounter } from '../../models/usage-counter.ts'
import { isDuplicateKey } from '../db/faults.ts'

/** Counters a month resets. */
export type MonthlyCounter = 'chatMessages'
/** Counters that only removal frees. */
export type StandingCounter = 'files' | 'bytes'
export type CounterName = MonthlyCounter | StandingCounter

export type Amounts = Partial<Record<CounterName, number>>
/** null is unlimited. */
export type Ceilings = Partial<Record<CounterName, number | null>>

export const STANDING_PERIOD = 'total'

/** How many effects, under way or kept, a counter remembers: more than a tenant can have at once. */
const MAX_EFFECTS = 500

type ReserveOptions = {
  session?: ClientSession
  expiresAt?: Date | null
  effectId?: string | null
}

/** The calendar month of a moment, in UTC: `2026-01`. */
export function monthOf(moment: Date): string {
  return moment.toISOString().slice(0, 7)
}

/** The first moment of the month after, in UTC. */
export function nextMonth(moment: Date): Date {
  return new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth() + 1, 1))
}

/**
 * Adds `amounts` to a subject's counters if none passes its ceiling; all of them or none, in one atomic write.
 * With N left and many callers at once, exactly N succeed. What an `effectId` took it is not asked for again.
 * In a transaction the counter must exist already: call `ensureCounter` before it begins.
 */
export async function reserve(
  clerkId: string,
  period: string,
  amounts: Amounts,
  ceilings: Ceilings,
  { session, expiresAt = null, effectId = null }: ReserveOptions = {},
): Promise<boolean> {
  const room = Object.entries(amounts).flatMap(([name, amount]) => {
    const ceiling = ceilings[name as CounterName] ?? null
    return ceiling === null ? [] : [[name, { $lte: ceiling - amount }] as const]
  })
  const filter = {
    clerkId,
    period,
    ...Object.fromEntries(room),
    ...(effectId && { takenBy: { $ne: effectId }, keptBy: { $ne: effectId } }),
  }
  const note = effectId ? { $push: { takenBy: newest(effectId) } } : {}
  const take = () => UsageCounter.updateOne(filter, { $inc: amounts, ...note }, session ? { session } : {})
  if ((await take()).matchedCount > 0) return true
  if (session) return false
  const isTaken = () => hasTaken(clerkId, period, effectId)
  if (await isTaken()) return true
  // Full, or missing: then another caller may make it first, so trying again is the only way to know.
  await ensureCounter(clerkId, period, expiresAt)
  return (await take()).matchedCount > 0 || isTaken()
}

async function hasTaken(clerkId: string, period: string, effectId: string | null): Promise<boolean> {
  if (effectId === null) return false
  const noted = { $or: [{ takenBy: effectId }, { keptBy: effectId }] }
  return (await UsageCounter.exists({ clerkId, period, ...noted })) !== null
}

/** Adds an effect to a list that stays short. */
function newest(effectId: string) {
  return { $each: [effectId], $slice: -MAX_EFFECTS }
}

/** Makes sure a counter of a period exists. */
export async function ensureCounter(
  clerkId: string,
  period: string,
  expiresAt: Date | null = null,
): Promise<void> {
  try {
    const zero = { chatMessages: 0, files: 0, bytes: 0, expiresAt }
    await UsageCounter.updateOne({ clerkId, period }, { $setOnInsert: zero }, { upsert: true })
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
  }
}

/**
 * Ends the matter of what an effect took: it is used for good, once for all attempts. Where another attempt has
 * given it back in the meantime it is taken again, whatever the ceiling.
 */
export async function keepTaken(
  clerkId: string,
  period: string,
  amounts: Amounts,
  effectId: string | null,
): Promise<void> {
  if (effectId === null) return
  const note = { $push: { keptBy: newest(effectId) } }
  const isTaken = { clerkId, period, takenBy: effectId }
  const isNotKept = { clerkId, period, keptBy: { $ne: effectId } }
  const isOpen = { ...isNotKept, takenBy: { $ne: effectId } }
  do {
    const kept = await UsageCounter.updateOne(isTaken, { $pull: { takenBy: effectId }, ...note })
    if (kept.matchedCount > 0) return
    const again = await UsageCounter.updateOne(isOpen, { $inc: amounts, ...note })
    if (again.matchedCount > 0) return
    // Kept by another attempt, or the counter is gone, unless others took it and gave it back between these writes.
  } while ((await UsageCounter.exists(isNotKept)) !== null)
}

/** Gives back what was reserved, what an effect took once. A counter that is gone by now is not made again. */
export async function giveBack(
  clerkId: string,
  period: string,
  amounts: Amounts,
  effectId: string | null,
): Promise<void> {
  const returned = Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, -amount]))
  await UsageCounter.updateOne(
    { clerkId, period, ...(effectId && { takenBy: effectId }) },
    { $inc: returned, ...(effectId && { $pull: { takenBy: effectId } }) },
  )
}

/** Adds `amounts` (negative to give back) whatever the ceilings. */
export async function adjust(
  clerkId: string,
  period: string,
  amounts: Amounts,
  session?: ClientSession,
): Promise<void> {
  await UsageCounter.updateOne(
    { clerkId, period },
    { $inc: amounts },
    { upsert: true, ...(session && { session }) },
  )
}

export type CounterValues = Record<CounterName, number>

/** What a tenant has used in the current month and in total. */
export async function readCounters(clerkId: string, now = new Date()): Promise<CounterValues> {
  const found = await UsageCounter.find(countersOf([clerkId], now), COUNTER_FIELDS).lean()
  return tellCounters(found)(clerkId)
}

export const COUNTER_FIELDS = { clerkId: 1, period: 1, chatMessages: 1, files: 1, bytes: 1 } as const

/** Filter for the counters of these tenants in the current month and in total. */
export function countersOf(clerkIds: string[], now: Date) {
  return { clerkId: { $in: clerkIds }, period: { $in: [monthOf(now), STANDING_PERIOD] } }
}

export type CounterRow = CounterValues & { clerkId: string; period: string }

/** Gives what tells the counters of each tenant. */
export function tellCounters(found: CounterRow[]): (clerkId: string) => CounterValues {
  const values = new Map<string, Partial<CounterValues>>()
  for (const { clerkId, period, chatMessages, files, bytes } of found) {
    const read = period === STANDING_PERIOD ? { files, bytes } : { chatMessages }
    values.set(clerkId, { ...values.get(clerkId), ...read })
  }
  return clerkId => ({ chatMessages: 0, files: 0, bytes: 0, ...values.get(clerkId) })
}
