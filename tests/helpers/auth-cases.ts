import { describe, expect, it } from 'vitest'
import { services } from '../setup/services.ts'
import { type CallOptions, call, expectProblem } from './call.ts'
import { deliverClerk, freshTenant } from './tenant.ts'

type Route = {
  method: string
  path: string
  /** A body that would be accepted from the right caller. */
  options?: CallOptions
  /** Who may call. */
  callers: readonly ('user' | 'key' | 'visitor')[]
}

/** The refusals that every authenticated route owes: generated here, so that no route forgets one. */
export function commonAuthCases({ method, path, options = {}, callers }: Route): void {
  const send = (headers: Record<string, string>) =>
    call(method, path, { ...options, headers: { ...options.headers, ...headers } })

  describe(`${method} ${path}: who may not call`, () => {
    const unlessVisitor = callers.includes('visitor') ? [] : ['without a credential']
    it.each(unlessVisitor)('refuses a request %s', async () => {
      const answer = await send({})
      expectProblem(answer, 401, 'unauthenticated')
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    })

    it.each([
      ['a malformed header', { Authorization: 'Basic dXNlcjpwYXNz' }],
      ['a token that is none', { Authorization: 'Bearer not-a-token' }],
      ['an API key with a wrong checksum', { Authorization: `Bearer tc_live_${'a'.repeat(38)}` }],
      ['an API key of another product', { 'X-API-Key': 'sk-123' }],
      ['a session cookie from a foreign page', { Cookie: '__session=x.y.z', Origin: 'https://evil.example' }],
    ])('refuses %s, as no visitor either', async (_name, headers) => {
      expectProblem(await send(headers), 401, 'unauthenticated')
    })

    it('refuses an expired session', async () => {
      const { clerkId } = await freshTenant()
      const past = Math.floor(Date.now() / 1000) - 3600
      const token = await services.clerk.sessionToken(clerkId, { iat: past - 60, nbf: past - 60, exp: past })
      expectProblem(await send({ Authorization: `Bearer ${token}` }), 401, 'unauthenticated')
    })

    it('refuses a revoked API key', async () => {
      const tenant = await freshTenant()
      const key = await tenant.newKey()
      await tenant.call('DELETE', `/api/app/api-keys?keyId=${key.id}`)
      expectProblem(await send(key.headers), 401, 'unauthenticated')
    })

    it('refuses the session of a deleted account', async () => {
      const tenant = await freshTenant()
      await deliverClerk('user.deleted', { id: tenant.clerkId, deleted: true })
      expectProblem(await send(tenant.session), 403, 'account_inactive')
    })

    const unlessKey = callers.includes('key') ? [] : ['valid as it is']
    it.each(unlessKey)('refuses an API key, %s', async () => {
      const key = await (await freshTenant()).newKey()
      expectProblem(await send(key.headers), 403, 'forbidden')
    })
  })
}
