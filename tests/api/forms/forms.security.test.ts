import { describe, expect, it } from 'vitest'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { contactFrom, demoFrom, freshAddress, isKept } from './forms.ts'

const post = (ip: string, json: unknown = contactFrom(freshAddress()), headers = {}) =>
  call('POST', '/api/forms', { json, headers, ip })

describe('a visitor', () => {
  it('may send five forms a minute, of either type, whatever becomes of them', async () => {
    const ip = '192.0.2.1'
    const forms = [contactFrom(freshAddress()), demoFrom(freshAddress()), {}, contactFrom('no address')]
    for (const [at, json] of forms.entries()) {
      const { headers } = await post(ip, json)
      expect(headers.get('ratelimit-limit')).toBe('5')
      expect(headers.get('ratelimit-remaining')).toBe(String(4 - at))
    }
    expectStatus(await post(ip), 201)
    const refused = await post(ip)
    expectProblem(refused, 429, 'rate_limited')
    expect(refused.headers.get('ratelimit-remaining')).toBe('0')
    const seconds = Number(refused.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(refused.headers.get('ratelimit-reset')).toBe(String(seconds))
    expectStatus(await post('192.0.2.2'), 201)
  })

  it('who fills the trap is counted too', async () => {
    const bot = contactFrom(freshAddress(), { website: 'x' })
    for (let sent = 0; sent < 5; sent += 1) expectStatus(await post('192.0.2.3', bot), 201)
    expectProblem(await post('192.0.2.3', bot), 429, 'rate_limited')
  })

  it('gains nothing by a header that claims another address', async () => {
    const claim = (at: number) => ({ 'X-Forwarded-For': `10.0.0.${at}`, 'X-Real-IP': `10.0.0.${at}` })
    for (let sent = 0; sent < 5; sent += 1) expectStatus(await post('192.0.2.4', undefined, claim(sent)), 201)
    expectProblem(await post('192.0.2.4', undefined, claim(9)), 429, 'rate_limited')
  })
})

describe('a caller with a credential', () => {
  it('is not bound by what visitors of the same address may send', async () => {
    const ann = await freshTenant()
    for (let sent = 0; sent < 7; sent += 1) {
      const answer = await post('192.0.2.5', undefined, ann.session)
      expectStatus(answer, 201)
      expect(answer.headers.get('ratelimit-limit')).toBe('60')
    }
    expectStatus(await post('192.0.2.5'), 201)
  })

  it.each([
    ['a key that nobody has', { Authorization: `Bearer tc_live_${'a'.repeat(38)}` }],
    ['a key in the other header', { 'X-API-Key': 'tc_live_nonsense' }],
    ['a session that is none', { Authorization: 'Bearer a.b.c' }],
    ['no scheme', { Authorization: 'whatever' }],
  ])('that is bad (%s) is refused, never taken for a visitor', async (_kind, headers) => {
    const json = demoFrom(freshAddress())
    const answer = await post('192.0.2.6', json, headers)
    expectProblem(answer, 401, 'unauthenticated')
    expect(answer.headers.get('ratelimit-limit')).toBeNull()
  })

  it('learns nothing of a contact but its id', async () => {
    const [ann, email] = [await freshTenant(), freshAddress()]
    const first = await post('192.0.2.7', contactFrom(email, { name: 'Bea' }))
    const second = await post('192.0.2.7', contactFrom(email), ann.session)
    expect(second.body).toEqual({ id: first.body.id, duplicate: true })
    expect(await isKept(first.body.id)).toBe(true)
  })

  it('cannot say whose form it is', async () => {
    const ann = await freshTenant()
    const answer = await post(
      '192.0.2.8',
      contactFrom(freshAddress(), { clerkId: 'user_other' }),
      ann.session,
    )
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors).toEqual([{ path: 'clerkId', message: 'Unknown field' }])
  })
})
