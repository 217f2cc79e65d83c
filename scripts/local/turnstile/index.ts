import { randomBytes } from 'node:crypto'
import { dispatch, listen, readJson, route } from '../http.ts'

/** How long a token holds (Cloudflare, Turnstile, "Validate the token"). */
const TOKEN_MS = 300_000
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

type Token = { hostname: string; solvedAt: number; redeemedUnder: string | null }
type Fields = Record<string, unknown>

export type TurnstileStandIn = {
  /** What stands for `https://challenges.cloudflare.com/turnstile/v0`. */
  url: string
  secretKey: string
  /** A token as a solved widget gives it, good for one check. */
  solve(options?: { agoMs?: number }): string
  /** The fields of each check so far. */
  asked(): Fields[]
  close(): Promise<void>
}

/** Starts Turnstile's stand-in: what siteverify answers to form and JSON bodies. */
export async function startTurnstile(): Promise<TurnstileStandIn> {
  const secretKey = `0x4${randomBytes(16).toString('hex')}`
  const tokens = new Map<string, Token>()
  const asked: Fields[] = []

  const routes = [
    route('POST', '/turnstile/v0/siteverify', async request => {
      const fields = await readFields(request)
      asked.push(fields)
      return judge(fields, secretKey, tokens)
    }),
  ]
  const server = await listen(
    async request => (await dispatch(routes, request)) ?? new Response('Not found', { status: 404 }),
  )
  return {
    url: `${server.url}/turnstile/v0`,
    secretKey,
    solve({ agoMs = 0 } = {}) {
      const token = `0.${randomBytes(24).toString('base64url')}`
      tokens.set(token, { hostname: '127.0.0.1', solvedAt: Date.now() - agoMs, redeemedUnder: null })
      return token
    },
    asked: () => asked,
    close: server.close,
  }
}

async function readFields(request: Request): Promise<Fields> {
  const type = request.headers.get('content-type') ?? ''
  if (type.startsWith('application/json')) return ((await readJson(request)) ?? {}) as Fields
  return Object.fromEntries(new URLSearchParams(await request.text()))
}

function judge(
  { secret, response, idempotency_key: key }: Fields,
  secretKey: string,
  tokens: Map<string, Token>,
) {
  if (!secret) return refused('missing-input-secret')
  if (secret !== secretKey) return refused('invalid-input-secret')
  if (!response) return refused('missing-input-response')
  if (key !== undefined && !UUID.test(String(key))) return refused('bad-request')
  const token = tokens.get(String(response))
  if (!token) return refused('invalid-input-response')
  const isRetry = key !== undefined && token.redeemedUnder === key
  const isSpent = token.redeemedUnder !== null || Date.now() - token.solvedAt > TOKEN_MS
  if (isSpent && !isRetry) return refused('timeout-or-duplicate')
  token.redeemedUnder = key === undefined ? '' : String(key)
  const { hostname, solvedAt } = token
  const challenge_ts = new Date(solvedAt).toISOString()
  return Response.json({ success: true, 'error-codes': [], challenge_ts, hostname, action: '', cdata: '' })
}

function refused(code: string): Response {
  return Response.json({ success: false, 'error-codes': [code], messages: [] })
}
