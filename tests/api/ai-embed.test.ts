import { describe, expect, it } from 'vitest'
import { readCounters } from '../../lib/limits/counters.ts'
import { UsageLog } from '../../models/usage-log.ts'
import { call, expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { background } from '../setup/file.ts'
import { services } from '../setup/services.ts'

const EMBED = '/api/ai?provider=openai&action=embed'

describe('POST /api/ai?action=embed', () => {
  it('embeds one text', async () => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', EMBED, { json: { text: 'A lighthouse' } })
    expectStatus(answer, 200)
    expect(answer.body).toEqual({
      embeddings: [expect.any(Array)],
      model: 'text-embedding-3-small',
      usage: { promptTokens: 3, totalTokens: 3 },
    })
    expect(answer.body.embeddings[0]).toHaveLength(1536)
    expect(Math.hypot(...answer.body.embeddings[0])).toBeCloseTo(1, 5)
  })

  it('embeds several in order, by a key, without naming a provider', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    const texts = ['A lighthouse', 'A river', 'A lighthouse']
    const answer = await call('POST', '/api/ai?action=embed', { headers, json: { texts } })
    expectStatus(answer, 200)
    const [first, second, third] = answer.body.embeddings
    expect(first).toEqual(third)
    expect(first).not.toEqual(second)
  })

  it('takes the model that is named', async () => {
    const tenant = await freshTenant()
    const json = { text: 'A lighthouse', model: 'text-embedding-3-large' }
    const answer = await tenant.call('POST', EMBED, { json })
    expectStatus(answer, 200)
    expect(answer.body.model).toBe('text-embedding-3-large')
    expect(services.openai.requests().at(-1)?.body).toMatchObject({ model: 'text-embedding-3-large' })
  })

  it('is metered and takes no message of the quota', async () => {
    const tenant = await freshTenant()
    expectStatus(await tenant.call('POST', EMBED, { json: { text: 'A lighthouse' } }), 200)
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(0)
    await background.drain()
    const logged = await UsageLog.findOne({ clerkId: tenant.clerkId, endpoint: /action=embed/ }).lean()
    expect(logged?.endpoint).toBe('/api/ai?provider=openai&action=embed')
    expect(logged?.metadata).toMatchObject({
      action: 'embed',
      model: 'text-embedding-3-small',
      promptTokens: 3,
      completionTokens: 0,
      tokens_used: 3,
      costUsd: 6e-8,
    })
  })

  it.each([
    ['nothing', {}, 'text'],
    ['both', { text: 'a', texts: ['b'] }, 'text'],
    ['an empty text', { text: '' }, 'text'],
    ['no texts', { texts: [] }, 'texts'],
    ['too many', { texts: Array(97).fill('a') }, 'texts'],
    ['an unknown field', { text: 'a', dimensions: 3 }, ''],
  ])('refuses %s', async (_what, json, path) => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', EMBED, { json })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors[0].path).toContain(path)
  })

  it.each([
    [{ text: 'a' }, 502, 'provider_error'],
    [{ text: 'a', model: 'nonsense' }, 400, 'invalid_input'],
  ])('blames %j only for what it chose', async (json, status, code) => {
    const tenant = await freshTenant()
    services.openai.failNext(404)
    const answer = await tenant.call('POST', EMBED, { json })
    expectProblem(answer, status, code)
    if (status === 400) expect(answer.body.errors[0].path).toBe('model')
  })

  it('answers 502 when the provider fails', async () => {
    const tenant = await freshTenant()
    services.openai.failNext(500, 3)
    expectProblem(await tenant.call('POST', EMBED, { json: { text: 'a' } }), 502, 'provider_error')
  })

  it('is not for visitors', async () => {
    expectProblem(await call('POST', EMBED, { json: { text: 'a' } }), 401, 'unauthenticated')
  })
})
