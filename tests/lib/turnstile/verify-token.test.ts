import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { type Challenge, verifyToken } from '../../../lib/turnstile/verify-token.ts'
import { listen } from '../../../scripts/local/http.ts'
import { startTurnstile } from '../../../scripts/local/turnstile/index.ts'

type Handle = Parameters<typeof listen>[0]

const turnstile = await startTurnstile()
/** Stands before the stand-in, so that a test can answer in its place. */
const ours: { answer: Handle } = { answer: pass }
const front = await listen(request => ours.answer(request))
// Settings are read when the first question is asked.
process.env.TURNSTILE_SECRET_KEY = turnstile.secretKey
process.env.TURNSTILE_URL = `${front.url}/turnstile/v0`
afterAll(async () => {
  await front.close()
  await turnstile.close()
})

async function pass(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const headers = { 'content-type': request.headers.get('content-type') ?? '' }
  const body = await request.text()
  return fetch(new URL(pathname, turnstile.url), { method: request.method, headers, body })
}

function verify(challenge: Partial<Challenge> = {}, answer: Handle = pass): Promise<boolean> {
  ours.answer = answer
  return verifyToken({ token: turnstile.solve(), ip: null, retryKey: null, ...challenge })
}

describe('a token', () => {
  it('holds once', async () => {
    const token = turnstile.solve()
    expect(await verify({ token })).toBe(true)
    expect(await verify({ token })).toBe(false)
  })

  it('holds again under the same retry key, and under no other', async () => {
    const [token, retryKey] = [turnstile.solve(), randomUUID()]
    expect(await verify({ token, retryKey })).toBe(true)
    expect(await verify({ token, retryKey })).toBe(true)
    expect(await verify({ token, retryKey: randomUUID() })).toBe(false)
    expect(await verify({ token })).toBe(false)
  })

  it('does not hold when nobody got it, or too long ago', async () => {
    expect(await verify({ token: '0.forged&secret=x' })).toBe(false)
    expect(await verify({ token: turnstile.solve({ agoMs: 301_000 }) })).toBe(false)
    expect(await verify({ token: turnstile.solve({ agoMs: 290_000 }) })).toBe(true)
  })

  it('is checked with the documented fields alone', async () => {
    const [token, retryKey] = [turnstile.solve(), randomUUID()]
    await verify({ token, ip: '2001:db8::1', retryKey })
    const secret = turnstile.secretKey
    expect(turnstile.asked().at(-1)).toEqual({
      secret,
      response: token,
      remoteip: '2001:db8::1',
      idempotency_key: retryKey,
    })
    const other = turnstile.solve()
    await verify({ token: other, ip: 'unknown' })
    expect(turnstile.asked().at(-1)).toEqual({ secret, response: other })
  })
})

const refused = (...codes: unknown[]) => Response.json({ success: false, 'error-codes': codes })
const endless = () => new Response(new ReadableStream({ start: stream => stream.enqueue(Buffer.from('{')) }))

describe('without a verdict', () => {
  it.each<[string, Handle, RegExp, RegExp]>([
    ['an answer that is no JSON', () => new Response('<html>'), /reached/, /200 with something else/],
    ['another JSON', () => Response.json({ ok: true }), /reached/, /200 with something else/],
    ['codes that are none', () => refused(7), /reached/, /something else/],
    ['a failure', () => new Response('oops', { status: 502 }), /reached/, /502/],
    ['a redirect', () => Response.redirect('https://example.com'), /reached/, /fetch failed/],
    [
      'success under a failure',
      () => Response.json({ success: true }, { status: 500 }),
      /decide/,
      /500.*none/,
    ],
    ['a failure of its own', () => refused('internal-error'), /decide/, /internal-error/],
    ['a request it does not understand', () => refused('bad-request'), /decide/, /bad-request/],
    ['no reason', () => refused(), /decide/, /none/],
    ['a wrong secret', () => refused('invalid-input-secret'), /refuses this deployment/, /input-secret/],
    [
      'a wrong secret, whatever the token',
      () => refused('invalid-input-response', 'missing-input-secret'),
      /refuses this deployment/,
      /missing-input-secret/,
    ],
  ])('%s is "unavailable", and the log learns why', async (_name, answer, message, cause) => {
    const error = await verify({}, answer).catch(thrown => thrown)
    expect(error).toMatchObject({ name: 'AppError', code: 'unavailable' })
    expect(error.message).toMatch(message)
    expect(error.cause.message).toMatch(cause)
    expect(`${error.message} ${error.cause.message}`).not.toContain(turnstile.secretKey)
  })

  it('nobody waits for ever for an answer, nor for the end of one', async () => {
    const start = performance.now()
    const answers: Handle[] = [() => new Promise(() => {}), endless]
    const late = { code: 'unavailable', cause: { name: 'TimeoutError' } }
    const answer = () => answers.shift()?.(new Request(front.url)) ?? refused()
    const verdicts = answers.map(() => verify({}, answer))
    await Promise.all(verdicts.map(verdict => expect(verdict).rejects.toMatchObject(late)))
    expect(performance.now() - start).toBeGreaterThan(4_900)
  })
})
