import type { ClientSession } from 'mongoose'
import { idOf, transact, withSession } from '../db/transaction.ts'
import { AppError } from '../errors.ts'
import { log } from '../log.ts'
import { claim, giveUp, LEASE_MS, type Row, renew, settle } from './internal/claim.ts'
import { deriveSecrets, fingerprintOf, hashOf, seal, unseal } from './internal/secrets.ts'

export type KeyedRequest = {
  clerkId: string
  /** The caller's Idempotency-Key. */
  key: string
  /** What is asked, as JSON: equal requests have equal descriptions. Of a stream it is known at its end. */
  describe(): Promise<unknown>
  isStream: boolean
  /** `run` does nothing but one transaction. */
  isAtomic: boolean
}

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
 * the first retry after its lease. A stream's refusal is not remembered.
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
  const { clerkId, key, isStream } = request
  const description = isStream ? null : await request.describe()
  const fingerprintUnder = (salt: string) => fingerprintOf(description, deriveSecrets(key, salt))
  const requireSame = (row: Row) => {
    if (description !== null && row.fingerprint !== fingerprintUnder(row.salt)) throw mismatch()
  }
  const subject = {
    clerkId,
    keyHash: hashOf(clerkId, key),
    sessionId: session && idOf(session),
    fingerprint: (salt: string) => (description === null ? null : fingerprintUnder(salt)),
  }
  const { row, isMine } = await claim(subject, requireSame)
  if (isMine) return { reply: await perform(request, row, work, session), isReplayed: false }
  requireSame(row)
  return { reply: await recall(request, row), isReplayed: true }
}

async function perform<T>(
  request: KeyedRequest,
  row: Row,
  work: Work<T>,
  session: ClientSession | null,
): Promise<T> {
  const run = () => work.run(row.effectId.toHexString())
  try {
    if (session) return await transact(session, () => runAndSettle(request, row, run, session))
    const reply = await whileRenewing(row, run)
    await remember(request, row, reply)
    return reply
  } catch (error) {
    const refused = await work.refusal(error)
    if (refused === null || request.isStream) await abandon(row)
    else await remember(request, row, refused)
    if (refused === null) throw error
    return refused
  }
}

async function runAndSettle<T>(
  request: KeyedRequest,
  row: Row,
  run: () => Promise<T>,
  session: ClientSession,
): Promise<T> {
  const reply = await run()
  if (!(await settle(row, await settlementOf(request, row, reply), session))) throw stillRunning()
  return reply
}

async function recall<T>(request: KeyedRequest, row: Row): Promise<T> {
  if (!row.reply) throw stillRunning()
  const secrets = deriveSecrets(request.key, row.salt)
  if (request.isStream && row.fingerprint !== fingerprintOf(await request.describe(), secrets))
    throw mismatch()
  return unseal<T>(row.reply, secrets, ownerOf(row))
}

/** The work is done by now: that its reply could not be kept must not turn it into a failure. */
async function remember(request: KeyedRequest, row: Row, reply: unknown): Promise<void> {
  try {
    const isKept = await settle(row, await settlementOf(request, row, reply))
    if (!isKept) log().warn({ effectId: row.effectId }, 'a slow attempt was taken over by a retry')
  } catch (error) {
    log().error({ err: error, effectId: row.effectId }, 'a reply could not be kept for a retry')
  }
}

async function abandon(row: Row): Promise<void> {
  await giveUp(row).catch(error => log().error({ err: error }, 'an attempt could not be given up'))
}

async function settlementOf(request: KeyedRequest, row: Row, reply: unknown) {
  const secrets = deriveSecrets(request.key, row.salt)
  const fingerprint = row.fingerprint ?? fingerprintOf(await request.describe(), secrets)
  return { fingerprint, reply: seal(reply, secrets, ownerOf(row)) }
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
