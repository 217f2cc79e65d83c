import type { ClientSession } from 'mongoose'
import { idOf, transact, withSession } from '../db/transaction.ts'
import { soonerOrLater } from '../db/until-reached.ts'
import { AppError } from '../errors.ts'
import { log } from '../log.ts'
import { isSameSecret } from '../secrets.ts'
import { claim, giveUp, LEASE_MS, type Row, renew, type Settlement, settle } from './internal/claim.ts'
import { deriveSecrets, fingerprintOf, hashOf, type Secrets, seal, unseal } from './internal/secrets.ts'

export type KeyedRequest = {
  clerkId: string
  /** The caller's Idempotency-Key. */
  key: string
  /** What is asked, as JSON: equal requests say the same. */
  about: unknown
  /** The bytes that arrive with it; null when `about` says it all. */
  content: Content | null
  /** `run` does nothing but one transaction. */
  isAtomic: boolean
}

export type Content = {
  /**
   * What arrived, as JSON; reads what nobody has read yet, up to `maxBytes`.
   * @throws Error when it broke off, AppError `idempotency_mismatch` past `maxBytes`
   */
  describe(maxBytes: number | null): Promise<{ bytes: number; description: unknown }>
  /** Whether all of it was read. */
  isRead(): boolean
}

/** Many clients look for an answer only when all they send was taken; this much of it is, to be thrown away. */
const DISCARDED_BYTES = 64 * 1024 * 1024

/** `run` gets an id that stays the same for each attempt: make what it makes under it to find it again. */
export type Work<T> = {
  run(effectId: string): Promise<T>
  /** What a failure is answered if it is the request's own fault, hence worth remembering; else null. */
  refusal(error: unknown): Promise<T | null>
}

export type Outcome<T> = { reply: T; isReplayed: boolean }

/**
 * Runs a request at most once per key in 24 hours; later ones get the first reply, which must be JSON. The
 * reply of atomic work is committed together with its effect. An attempt whose process died is taken over by
 * the first retry after its lease.
 * @throws AppError `idempotency_mismatch`, `conflict` while another attempt runs
 */
export function runOnce<T>(request: KeyedRequest, work: Work<T>): Promise<Outcome<T>> {
  return request.isAtomic
    ? withSession(session => claimAndRun(request, work, session))
    : claimAndRun(request, work, null)
}

/** A session is that of atomic work. */
async function claimAndRun<T>(
  request: KeyedRequest,
  work: Work<T>,
  session: ClientSession | null,
): Promise<Outcome<T>> {
  const { clerkId, key, about } = request
  const subject = {
    clerkId,
    keyHash: hashOf(clerkId, key),
    sessionId: session && idOf(session),
    fingerprint: (salt: string) => fingerprintOf(about, deriveSecrets(key, salt)),
  }
  const { row, isMine } = await claim(subject, ({ salt, fingerprint }) => {
    if (isSameSecret(fingerprint, subject.fingerprint(salt))) return
    discard(request)
    throw mismatch()
  })
  const attempt = { request, row, secrets: deriveSecrets(key, row.salt) }
  if (!isMine) return { reply: await recall(attempt), isReplayed: true }
  return { reply: await perform(attempt, work, session), isReplayed: false }
}

type Attempt = { request: KeyedRequest; row: Row; secrets: Secrets }

async function recall<T>({ request, row, secrets }: Attempt): Promise<T> {
  if (row.reply && request.content && row.contentHash) {
    const { description } = await request.content.describe(row.contentBytes ?? null)
    if (!isSameSecret(fingerprintOf(description, secrets), row.contentHash)) throw mismatch()
  }
  // Without its hash the content was refused before it was read.
  discard(request)
  if (!row.reply) throw stillRunning()
  return unseal<T>(row.reply, secrets, ownerOf(row))
}

async function perform<T>(attempt: Attempt, work: Work<T>, session: ClientSession | null): Promise<T> {
  const { request, row } = attempt
  const run = () => work.run(row.effectId.toHexString())
  try {
    if (session) return await transact(session, () => runAndSettle(attempt, run, session))
    const reply = await whileRenewing(row, run)
    await remember(attempt, async () => settlementOf(attempt, reply))
    return reply
  } catch (error) {
    const refused = error instanceof Overtaken ? null : await work.refusal(error)
    if (refused === null) {
      await soonerOrLater('give up an attempt', () => giveUp(row)).catch(fault =>
        log().error({ err: fault }, 'an attempt could not be given up'),
      )
      throw error
    }
    await remember(attempt, async () => settlementOf(attempt, refused, request.content?.isRead() ?? false))
    return refused
  }
}

async function runAndSettle<T>(attempt: Attempt, run: () => Promise<T>, session: ClientSession): Promise<T> {
  const reply = await run()
  if (!(await settle(attempt.row, await settlementOf(attempt, reply), session))) throw new Overtaken()
  return reply
}

/** The work is done by now: that its reply could not be kept must not turn it into a failure. */
async function remember({ row }: Attempt, settlement: () => Promise<Settlement>): Promise<void> {
  try {
    const isKept = await settle(row, await settlement())
    if (!isKept) log().warn({ effectId: row.effectId }, 'a slow attempt was taken over by a retry')
  } catch (error) {
    log().error({ err: error, effectId: row.effectId }, 'a reply could not be kept for a retry')
  }
}

async function settlementOf(
  { request, row, secrets }: Attempt,
  reply: unknown,
  withContent = true,
): Promise<Settlement> {
  const content = withContent ? await request.content?.describe(null) : undefined
  return {
    contentHash: content ? fingerprintOf(content.description, secrets) : null,
    contentBytes: content?.bytes ?? null,
    reply: seal(reply, secrets, ownerOf(row)),
  }
}

async function whileRenewing<T>(row: Row, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    renew(row).catch(error => log().warn({ err: error }, 'a lease could not be renewed'))
  }, LEASE_MS / 3)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

function discard({ content }: KeyedRequest): void {
  if (content && !content.isRead()) content.describe(DISCARDED_BYTES).catch(() => {})
}

function ownerOf({ clerkId, keyHash }: Row): string {
  return JSON.stringify([clerkId, keyHash])
}

function mismatch(): AppError {
  return new AppError('idempotency_mismatch', 'This Idempotency-Key was used for another request.')
}

function stillRunning(): AppError {
  return new AppError('conflict', 'The first request with this Idempotency-Key is still running.', {
    retryAfterSeconds: 1,
  })
}

/** Another attempt took over while this one was silent; what it did was undone. */
class Overtaken extends AppError {
  constructor() {
    const { code, message, extras } = stillRunning()
    super(code, message, extras)
  }
}
