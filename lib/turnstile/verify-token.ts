import { isIP } from 'node:net'
import { z } from 'zod'
import { config, requireConfig } from '../config.ts'
import { AppError } from '../errors.ts'

const TIMEOUT_MS = 5_000

/** Codes that are about the token alone (Cloudflare, Turnstile, "Validate the token"). */
const TOKEN_CODES = new Set(['missing-input-response', 'invalid-input-response', 'timeout-or-duplicate'])
/** Codes that are about our secret. */
const SECRET_CODES = new Set(['missing-input-secret', 'invalid-input-secret'])

const verdict = z.object({ success: z.boolean(), 'error-codes': z.array(z.string()).default([]) })

export type Challenge = {
  token: string
  /** Of whoever solved it, where it is known. */
  ip: string | null
  /** A UUID under which the token, good for one time only, may be checked again. */
  retryKey: string | null
}

/**
 * Whether Turnstile takes a token for one that a person's browser got, within 300 s and for the first time.
 * @throws AppError `unavailable` when it gives no verdict, which says whether it refuses this deployment
 */
export async function verifyToken({ token, ip, retryKey }: Challenge): Promise<boolean> {
  const { TURNSTILE_SECRET_KEY } = requireConfig('TURNSTILE_SECRET_KEY')
  const fields = {
    secret: TURNSTILE_SECRET_KEY,
    response: token,
    ...(ip && isIP(ip) && { remoteip: ip }),
    ...(retryKey && { idempotency_key: retryKey }),
  }
  const { status, isOk, codes } = await ask(fields).catch(cause => {
    throw new AppError('unavailable', 'The captcha service cannot be reached just now.', {}, { cause })
  })
  if (isOk) return true
  if (codes.length > 0 && codes.every(code => TOKEN_CODES.has(code))) return false
  const message = codes.some(code => SECRET_CODES.has(code))
    ? 'The captcha service refuses this deployment.'
    : 'The captcha service cannot decide just now.'
  const cause = new Error(`siteverify answered ${status} with the codes: ${codes.join(', ') || 'none'}`)
  throw new AppError('unavailable', message, {}, { cause })
}

type Verdict = { status: number; isOk: boolean; codes: string[] }

/** The verdict comes as JSON whatever its status; `success` under a status that says otherwise is none. */
async function ask(fields: Record<string, string>): Promise<Verdict> {
  const response = await fetch(`${config().TURNSTILE_URL}/siteverify`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const { status } = response
  const text = await response.text()
  const told = verdict.safeParse(parsed(text))
  if (!told.success) throw new Error(`siteverify answered ${status} with something else than a verdict`)
  const { success, 'error-codes': codes } = told.data
  return { status, isOk: success && response.ok, codes }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
