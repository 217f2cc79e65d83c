import { setTimeout as sleep } from 'node:timers/promises'
import { Types } from 'mongoose'
import { RunningAnswer } from '../../../models/running-answer.ts'
import { inBackground } from '../../background.ts'
import { isDuplicateKey } from '../../db/faults.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import { untilReached } from '../../db/until-reached.ts'
import { ending } from '../../ending.ts'
import { log } from '../../log.ts'

/** An answer that is being streamed; its signal aborts when somebody wants it stopped. */
export type Running = {
  signal: AbortSignal
  stop(): void
  /** Who has the conversation by now. */
  owner(): Promise<string | null>
  end(): void
}

type Place = { conversationId: string; sessionId: string; clerkId: string | null }

/** How often an instance looks whether another one was asked to stop its answers, which takes 2 s at most in all. */
const LOOK_MS = 300
/** When other instances are told of a tenant's answer: most that are short never cost a command for it. */
const TELL_AFTER_MS = 250
/** An answer that has just begun elsewhere is known after the first pause, on a busy machine after the second. */
const KNOWN_AFTER_MS = [500, 500]
/** No function lives longer. */
const LIFETIME_MS = 5 * 60 * 1000

/** The answers that this very instance streams, by the ids of their rows. */
const running = new Map<string, Place & { stopped: AbortController }>()
ending().signal.addEventListener('abort', () => {
  for (const { stopped } of running.values()) stopped.abort()
})

/**
 * Makes an answer stoppable from all instances. Of a visitor's they are told at once: by it the answer becomes
 * theirs though they sign in before it is stored.
 */
export async function beginRunning(place: Place): Promise<Running> {
  const _id = new Types.ObjectId()
  const row = place.clerkId === null ? await told(_id, place) : toldLater(_id, place)
  const stopped = new AbortController()
  running.set(_id.toHexString(), { ...place, stopped })
  watch()
  return {
    signal: stopped.signal,
    stop: () => stopped.abort(),
    async owner() {
      const row = await RunningAnswer.findOne({ _id }, { clerkId: 1 }).setOptions(ACROSS_TENANTS).lean()
      return row?.clerkId ?? null
    },
    end() {
      running.delete(_id.toHexString())
      row.takeBack()
    },
  }
}

/** What other instances know of an answer. */
type Told = { takeBack(): void }

async function told(_id: Types.ObjectId, place: Place): Promise<Told> {
  await tell(_id, place)
  return { takeBack: () => inBackground('forget an answer', forget(_id)) }
}

function toldLater(_id: Types.ObjectId, place: Place): Told {
  let telling: Promise<void> | undefined
  const timer = setTimeout(() => {
    telling = untilReached(() => tell(_id, place))
    inBackground('make an answer known', telling)
  }, TELL_AFTER_MS)
  return {
    takeBack() {
      clearTimeout(timer)
      if (telling)
        inBackground(
          'forget an answer',
          telling.then(() => forget(_id)),
        )
    },
  }
}

async function tell(_id: Types.ObjectId, { conversationId, sessionId, clerkId }: Place): Promise<void> {
  const expiresAt = new Date(Date.now() + LIFETIME_MS)
  const conversation = new Types.ObjectId(conversationId)
  await RunningAnswer.create({ _id, conversation, clerkId, sessionId, expiresAt }).catch(unlessTold)
}

/** An attempt whose outcome was not heard may have told it. */
function unlessTold(error: unknown): void {
  if (!isDuplicateKey(error)) throw error
}

async function forget(_id: Types.ObjectId): Promise<void> {
  await RunningAnswer.deleteOne({ _id }).setOptions(ACROSS_TENANTS)
}

type Which = { clerkId: string | null | { $in: (string | null)[] }; conversation: string; sessionId?: string }

/** Asks every instance to stop the answers that match; resolves to how many there are that are known here. */
export async function requestStop(filter: Which): Promise<number> {
  const own = [...running].filter(([, place]) => isMeant(place, filter)).map(([id]) => id)
  const found = await RunningAnswer.find(filter, { _id: 1 }).lean()
  const rows = found.map(({ _id }) => _id)
  if (rows.length > 0)
    await RunningAnswer.updateMany(
      { ...filter, _id: { $in: rows } },
      { $set: { stopRequestedAt: new Date() } },
    )
  const ids = new Set([...own, ...rows.map(_id => _id.toHexString())])
  for (const id of ids) running.get(id)?.stopped.abort()
  return ids.size
}

/** As `requestStop`, for answers that have just begun on another instance: it waits until they are known. */
export async function requestStopLater(filter: Which): Promise<number> {
  for (const pause of KNOWN_AFTER_MS) {
    await sleep(pause)
    const stopped = await requestStop(filter)
    if (stopped > 0) return stopped
  }
  return 0
}

function isMeant(place: Place, { clerkId, conversation, sessionId }: Which): boolean {
  const owners = typeof clerkId === 'object' && clerkId !== null ? clerkId.$in : [clerkId]
  const isTheirs = owners.includes(place.clerkId) && place.conversationId === conversation
  return isTheirs && (sessionId === undefined || place.sessionId === sessionId)
}

let watching: NodeJS.Timeout | undefined

/** As long as this instance streams anything it looks whether that is to be stopped. */
function watch(): void {
  watching ??= setInterval(() => {
    if (running.size > 0) look()
    else {
      clearInterval(watching)
      watching = undefined
    }
  }, LOOK_MS).unref()
}

async function look(): Promise<void> {
  try {
    const asked = { _id: { $in: [...running.keys()] }, stopRequestedAt: { $ne: null } }
    const found = await RunningAnswer.find(asked, { _id: 1 }).setOptions(ACROSS_TENANTS).lean()
    for (const { _id } of found) running.get(_id.toHexString())?.stopped.abort()
  } catch (error) {
    log().warn({ err: error }, 'could not look whether an answer is to be stopped')
  }
}
