import { Types } from 'mongoose'
import { UsageCounter } from '../../models/usage-counter.ts'
import type { TenantCaller, VisitorCaller } from '../auth/caller.ts'
import { inBackground } from '../background.ts'
import { isDatabaseAway } from '../db/faults.ts'
import { soonerOrLater, untilReached } from '../db/until-reached.ts'
import { QuotaExceeded } from '../errors.ts'
import { log } from '../log.ts'
import { forgetTaken, giveBack, keepTaken, monthOf, nextMonth, reserve } from './counters.ts'
import { limitsOf } from './plans.ts'
import { upgradeUrl } from './upgrade-url.ts'

/** Messages that an address without an account may send in a day (UTC). */
const VISITOR_MESSAGES_PER_DAY = 20
const DAY_MS = 24 * 60 * 60 * 1000

export type ChatUnit = {
  /** Ends the matter when the answer is stored: no attempt can give the unit back any more. */
  keep(): Promise<void>
  giveBack(): Promise<void>
}

type Allowance = { subject: string; period: string; limit: number | null; resetsAt: Date }

/**
 * Takes one chat message out of the caller's quota before the work is done, one for all attempts that share an
 * `effectId`.
 * @throws QuotaExceeded
 */
export async function takeChatMessage(
  caller: TenantCaller | VisitorCaller,
  effectId: string | null,
): Promise<ChatUnit> {
  const { subject, period, limit, resetsAt } = allowanceOf(caller, new Date())
  const expiresAt = caller.kind === 'visitor' ? resetsAt : null
  const one = { chatMessages: 1 }
  const id = effectId ?? new Types.ObjectId().toHexString()
  const undo = () => soonerOrLater('give back a chat message', () => giveBack(subject, period, one, id))
  const options = { expiresAt, effectId: id, isShared: effectId !== null }
  const taken = await reserve(subject, period, one, { chatMessages: limit }, options).catch(async error => {
    // It may be taken all the same.
    if (isDatabaseAway(error)) await undo()
    throw error
  })
  if (taken) {
    const forget = () => untilReached(() => forgetTaken(subject, period, id))
    return {
      keep: async () =>
        effectId === null
          ? inBackground('forget who took a chat message', forget())
          : soonerOrLater('keep a chat message', () => keepTaken(subject, period, one, id)),
      giveBack: undo,
    }
  }
  throw await quotaExceeded(subject, period, limit ?? 0, resetsAt)
}

/** Gives the chat message back when the work fails. */
export async function refunded<T>(unit: ChatUnit, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    await unit
      .giveBack()
      .catch(fault => log().error({ err: fault }, 'a chat message could not be given back'))
    throw error
  }
}

/** As `refunded`; of what succeeds the chat message is kept. */
export async function counted<T>(unit: ChatUnit, work: Promise<T>): Promise<T> {
  const done = await refunded(unit, work)
  await unit.keep().catch(fault => log().error({ err: fault }, 'a chat message stays under way'))
  return done
}

/** More than the limit may be used: it can have been lowered since. */
async function quotaExceeded(subject: string, period: string, limit: number, resetsAt: Date) {
  const counter = await UsageCounter.findOne({ clerkId: subject, period }, { chatMessages: 1 }).lean()
  const used = Math.max(limit, counter?.chatMessages ?? 0)
  return new QuotaExceeded('chat messages', { limit, used, resetsAt, upgradeUrl: upgradeUrl() })
}

function allowanceOf(caller: TenantCaller | VisitorCaller, now: Date): Allowance {
  if (caller.kind !== 'visitor') {
    const limit = limitsOf(caller.account).chatMessages
    return { subject: caller.clerkId, period: monthOf(now), limit, resetsAt: nextMonth(now) }
  }
  const today = now.toISOString().slice(0, 10)
  const resetsAt = new Date(Date.parse(today) + DAY_MS)
  return { subject: `visitor:${caller.ip}`, period: today, limit: VISITOR_MESSAGES_PER_DAY, resetsAt }
}
