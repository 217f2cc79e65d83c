import { describe, expect, it } from 'vitest'
import { call, expectProblem, expectStatus, origin } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'

const me = (headers: Record<string, string>) => call('GET', '/api/app/me', { headers })
const sessionOf = ({ session }: { session: Record<string, string> }) =>
  session.Authorization?.replace('Bearer ', '') ?? ''

describe('the session cookie', () => {
  it.each([
    ['an allowed origin', { Origin: origin }],
    ['the same origin', { 'Sec-Fetch-Site': 'same-origin' }],
    ['an allowed origin on another site', { Origin: origin, 'Sec-Fetch-Site': 'cross-site' }],
  ])('counts from %s', async (_from, headers) => {
    const tenant = await freshTenant()
    const cookie = `theme=dark; __session=${sessionOf(tenant)}; __client_uat=1`
    const answer = await me({ Cookie: cookie, ...headers })
    expectStatus(answer, 200)
    expect(answer.body.clerkId).toBe(tenant.clerkId)
  })

  it.each<[string, Record<string, string>]>([
    ['a foreign origin', { Origin: 'https://evil.example' }],
    ['an origin that looks alike', { Origin: `${origin}.evil.example` }],
    ['an opaque origin', { Origin: 'null' }],
    [
      'a foreign origin that claims to be the same',
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
    ],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a sibling site', { 'Sec-Fetch-Site': 'same-site' }],
    ['the address bar', { 'Sec-Fetch-Site': 'none' }],
    ['nowhere', {}],
  ])('does not count from %s', async (_from, headers) => {
    const tenant = await freshTenant()
    expectProblem(await me({ Cookie: `__session=${sessionOf(tenant)}`, ...headers }), 401, 'unauthenticated')
  })

  it('is not mistaken for a cookie whose name ends alike', async () => {
    const tenant = await freshTenant()
    const headers = { Cookie: `x__session=${sessionOf(tenant)}`, Origin: origin }
    expectProblem(await me(headers), 401, 'unauthenticated')
  })

  it('does not carry an API key', async () => {
    const { key } = await (await freshTenant()).newKey()
    expectProblem(await me({ Cookie: `__session=${key}`, Origin: origin }), 401, 'unauthenticated')
  })
})

describe('several credentials', () => {
  it('go by Authorization, then X-API-Key, then the cookie', async () => {
    const [a, b, c] = [await freshTenant(), await freshTenant(), await freshTenant()]
    const { key } = await b.newKey()
    const cookie = { Cookie: `__session=${sessionOf(c)}`, Origin: origin }
    const all = await me({ ...a.session, 'X-API-Key': key, ...cookie })
    expect(all.body.clerkId).toBe(a.clerkId)
    expect((await me({ 'X-API-Key': key, ...cookie })).body.clerkId).toBe(b.clerkId)
  })

  it('do not fall back from a bad one to a good one', async () => {
    const { session, newKey } = await freshTenant()
    const { key } = await newKey()
    expectProblem(await me({ Authorization: 'Bearer nonsense', 'X-API-Key': key }), 401, 'unauthenticated')
    expectProblem(await me({ Authorization: 'Basic eDp5', 'X-API-Key': key }), 401, 'unauthenticated')
    const cookie = { Cookie: `__session=${session.Authorization?.slice(7)}`, Origin: origin }
    expectProblem(await me({ 'X-API-Key': 'nonsense', ...cookie }), 401, 'unauthenticated')
    expectProblem(await me({ 'X-API-Key': '', ...cookie }), 401, 'unauthenticated')
    expectProblem(await me({ Authorization: '', ...cookie }), 401, 'unauthenticated')
  })
})

describe('the Authorization header', () => {
  it('takes the scheme in any case', async () => {
    const tenant = await freshTenant()
    for (const scheme of ['bearer', 'BEARER', 'Bearer ']) {
      expectStatus(await me({ Authorization: `${scheme} ${sessionOf(tenant)}` }), 200)
    }
  })

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Token abc', 'Bearerabc'])('refuses %j', async value => {
    expectProblem(await me({ Authorization: value }), 401, 'unauthenticated')
  })

  it('is bad even where visitors may come', async () => {
    const answer = await call('POST', '/api/ai?provider=openai&action=chat', {
      headers: { Authorization: 'Bearer nonsense' },
      json: { message: 'Hello' },
    })
    expectProblem(answer, 401, 'unauthenticated')
  })
})
