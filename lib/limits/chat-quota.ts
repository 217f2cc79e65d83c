import { Types } from 'mongoose'
import { UsageCounter } from '../../models/usage-counter.ts'
import type { TenantCaller, VisitorCaller } from '../auth/caller.ts'
import { isDatabaseAway } from '../db/faults.ts'
import { soonerOrLater } from '../db/until-reached.ts'
import { QuotaExceeded } from '../errors.ts'
import { log } from '../log.ts'
import { giveBack, keepTaken, monthOf, nextMonth, reserve } from './counters.ts'
import { limitsOf } from './plans.ts'
import { giveBackSingle, takeSingle } from './single-take.ts'
import { upgradeUrl } from './upgrade-url.ts'

/** Messages that an address without an account may send in a day (UTC). */
const VISITOR_MESSAGES_PER_DAY = 20
const DAY_MS = 24 * 60 * 60 * 1000

export type ChatUnit = {
  /** Resolves when the unit is counted. */
  taken: Promise<unknown>
  /** Ends the matter when the answer is stored: no attempt can give the unit back any more. */
  keep(): Promise<void>
  giveBack(): Promise<void>
}

type Allowance = {
  subject: string
  period: string
  limit: number | null
  resetsAt: Date
  /** When the counter may go. */
  expiresAt: Date | null
}

/** How a unit is taken and what may become of it. */
type Taking = { take(): Promise<boolean>; keep(): Promise<void>; giveBack(isCertain: boolean): Promise<void> }

/**
 * Takes one chat message out of the caller's quota before the work is done, one for all attempts that share an
 * `effectId`. Who has no limit is never refused: their work may begin while the message is being counted.
 * @throws QuotaExceeded
 */
export async function takeChatMessage(
  caller: TenantCaller | VisitorCaller,
  effectId: string | null,
): Promise<ChatUnit> {
  const allowance = allowanceOf(caller, new Date())
  const { take, keep, giveBack } = effectId === null ? singly(allowance) : sharedly(allowance, effectId)
  const undo = (isCertain: boolean) => soonerOrLater('give back a chat message', () => giveBack(isCertain))
  const taking = take().catch(async error => {
    // It may be taken all the same.
    if (isDatabaseAway(error)) await undo(false)
    throw error
  })
  if (allowance.limit !== null && !(await taking)) throw await quotaExceeded(allowance)
  const isTaken = taking.catch(() => false)
  return {
    taken: taking,
    keep: async () => void ((await isTaken) && (await keep())),
    giveBack: async () => void ((await isTaken) && (await undo(true))),
  }
}

function singly({ subject: clerkId, period, limit, expiresAt }: Allowance): Taking {
  const one = { clerkId, period, limit, expiresAt, id: new Types.ObjectId() }
  return {
    take: () => takeSingle(one),
    keep: async () => {},
    giveBack: isCertain => giveBackSingle(one, isCertain),
  }
}

function sharedly({ subject, period, limit, expiresAt }: Allowance, effectId: string): Taking {
  const one = { chatMessages: 1 }
  return {
    take: () => reserve(subject, period, one, { chatMessages: limit }, { expiresAt, effectId }),
    keep: () => soonerOrLater('keep a chat message', () => keepTaken(subject, period, one, effectId)),
    giveBack: () => giveBack(subject, period, one, effectId),
  }
}

/** What the work gives, once the chat message is counted. @throws also what kept it from being counted, at once */
export async function onceTaken<T>({ taken }: ChatUnit, work: Promise<T>): Promise<T> {
  const [done] = await Promise.all([work, taken])
  return done
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
  const done = await refunded(unit, onceTaken(unit, work))
  await unit.keep().catch(fault => log().error({ err: fault }, 'a chat message stays under way'))
  return done
}

/** More than the limit may be used: it can have been lowered since. */
async function quotaExceeded({ subject, period, limit: most, resetsAt }: Allowance) {
  const limit = most ?? 0
  const counter = await UsageCounter.findOne({ clerkId: subject, period }, { chatMessages: 1 }).lean()
  const used = Math.max(limit, counter?.chatMessages ?? 0)
  return new QuotaExceeded('chat messages', { limit, used, resetsAt, upgradeUrl: upgradeUrl() })
}

function allowanceOf(caller: TenantCaller | VisitorCaller, now: Date): Allowance {
  if (caller.kind !== 'visitor') {
    const limit = limitsOf(caller.account).chatMessages
    const period = monthOf(now)
    return { subject: caller.clerkId, period, limit, resetsAt: nextMonth(now), expiresAt: null }
  }
  const today = now.toISOString().slice(0, 10)
  const resetsAt = new Date(Date.parse(today) + DAY_MS)
  const limit = VISITOR_MESSAGES_PER_DAY
  return { subject: `visitor:${caller.ip}`, period: today, limit, resetsAt, expiresAt: resetsAt }
}
