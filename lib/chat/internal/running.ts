import { setTimeout as sleep } from 'node:timers/promises'
import { Types } from 'mongoose'
import { RunningAnswer } from '../../../models/running-answer.ts'
import { inBackground } from '../../background.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import { ending } from '../../ending.ts'
import { log } from '../../log.ts'

/** An answer that is being streamed; its signal aborts when somebody wants it stopped. */
export type Running = {
  signal: AbortSignal
  /** Who has the conversation by now. */
  owner(): Promise<string | null>
  end(): void
}

type Place = { conversationId: string; sessionId: string; clerkId: string | null }

/** How often an instance looks whether another one was asked to stop its answer: half of the promised 2 s. */
const LOOK_MS = 1_000
/** No function lives longer. */
const LIFETIME_MS = 5 * 60 * 1000

/** The answers that this very instance streams. */
const running = new Map<string, AbortController>()
ending().signal.addEventListener('abort', () => {
  for (const stopped of running.values()) stopped.abort()
})

/** Makes an answer known to all instances, so that it can be stopped. */
export async function beginRunning({ conversationId, sessionId, clerkId }: Place): Promise<Running> {
  const _id = new Types.ObjectId()
  const expiresAt = new Date(Date.now() + LIFETIME_MS)
  await RunningAnswer.create({
    _id,
    conversation: new Types.ObjectId(conversationId),
    clerkId,
    sessionId,
    expiresAt,
  })
  const stopped = new AbortController()
  const ended = new AbortController()
  const id = _id.toHexString()
  running.set(id, stopped)
  inBackground('watch for a stop', watch(id, stopped, ended.signal))
  return {
    signal: stopped.signal,
    async owner() {
      const row = await RunningAnswer.findOne({ _id }, { clerkId: 1 }).setOptions(ACROSS_TENANTS).lean()
      return row?.clerkId ?? null
    },
    end() {
      running.delete(id)
      ended.abort()
      inBackground('forget an answer', RunningAnswer.deleteOne({ _id }).setOptions(ACROSS_TENANTS).exec())
    },
  }
}

type Which = { clerkId: string | null | { $in: (string | null)[] }; conversation: string; sessionId?: string }

/** Asks every instance to stop the answers that match; resolves to how many there are. */
export async function requestStop(filter: Which): Promise<number> {
  const found = await RunningAnswer.find(filter, { _id: 1 }).lean()
  if (found.length === 0) return 0
  const ids = found.map(({ _id }) => _id)
  await RunningAnswer.updateMany({ ...filter, _id: { $in: ids } }, { $set: { stopRequestedAt: new Date() } })
  for (const _id of ids) running.get(_id.toHexString())?.abort()
  return ids.length
}

async function watch(id: string, stopped: AbortController, ended: AbortSignal): Promise<void> {
  while (!stopped.signal.aborted) {
    await sleep(LOOK_MS, undefined, { signal: ended }).catch(() => {})
    if (ended.aborted) return
    if (await isStopRequested(id)) stopped.abort()
  }
}

async function isStopRequested(id: string): Promise<boolean> {
  try {
    const asked = { _id: id, stopRequestedAt: { $ne: null } }
    return (await RunningAnswer.exists(asked).setOptions(ACROSS_TENANTS)) !== null
  } catch (error) {
    log().warn({ err: error }, 'could not look whether an answer is to be stopped')
    return false
  }
}
