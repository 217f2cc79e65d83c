import { describe, expect, it } from 'vitest'
import { readCounters } from '../../lib/limits/counters.ts'
import { expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { ask, countConversations, freshVisitor, storedConversation } from './ai-chat.ts'
import { setLimits } from './files/stored.ts'

const usedBy = async ({ clerkId }: { clerkId: string }) => (await readCounters(clerkId)).chatMessages

describe('a provider that fails', () => {
  it.each([429, 500, 502, 503])('with %i, is asked three times, then told: 502', async status => {
    const tenant = await freshTenant()
    const before = await countConversations()
    const asked = services.openai.requests().length
    services.openai.failNext(status, 3)
    const answer = await ask(tenant, { message: 'Hi' })
    expectProblem(answer, 502, 'provider_error')
    expect(answer.body.detail).toBe(`openai failed with status ${status}.`)
    expect(services.openai.requests().length).toBe(asked + 3)
    expect(await usedBy(tenant)).toBe(0)
    expect(await countConversations()).toBe(before)
  })

  it('twice, and then answers, is no failure', async () => {
    const tenant = await freshTenant()
    services.openai.failNext(503, 2)
    expectStatus(await ask(tenant, { message: 'Hi' }), 200)
    expect(await usedBy(tenant)).toBe(1)
  })

  it.each([401, 403])('with %i, is our trouble and not the caller’s: 502', async status => {
    const tenant = await freshTenant()
    services.openai.failNext(status)
    const answer = await ask(tenant, { message: 'Hi' })
    expectProblem(answer, 502, 'provider_error')
    expect(JSON.stringify(answer.body)).not.toContain('sk-local')
    expect(await usedBy(tenant)).toBe(0)
  })

  it.each([400, 404])('with %i, as for an unknown model, is the caller’s to mend: 400', async status => {
    const tenant = await freshTenant()
    services.openai.failNext(status)
    const answer = await ask(tenant, { message: 'Hi', model: 'gpt-nonsense' })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors[0].path).toBe('model')
    expect(await usedBy(tenant)).toBe(0)
  })

  it('in the search for knowledge, fails the answer and gives its unit back', async () => {
    const tenant = await freshTenant()
    services.openai.failNext(500, 3)
    expectProblem(await ask(tenant, { message: 'Hi', knowledge: true }), 502, 'provider_error')
    expect(await usedBy(tenant)).toBe(0)
  })

  it('leaves a conversation as it was', async () => {
    const tenant = await freshTenant()
    const { conversationId } = (await ask(tenant, { message: 'Hi' })).body
    const before = await storedConversation(conversationId)
    services.openai.failNext(500, 3)
    expectProblem(await ask(tenant, { message: 'Again', conversationId }), 502, 'provider_error')
    expect(await storedConversation(conversationId)).toEqual(before)
    expect(await usedBy(tenant)).toBe(1)
  })
})

describe('a provider that is not configured', () => {
  it.each([
    ['vertex', 'VERTEX_PROJECT, VERTEX_CREDENTIALS'],
    ['gemini', 'GEMINI_API_KEY'],
    ['anthropic', 'ANTHROPIC_API_KEY'],
    ['groq', 'GROQ_API_KEY'],
  ])('%s: 503, naming what is missing', async (name, missing) => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', `/api/ai?provider=${name}&action=chat`, {
      json: { message: 'Hi' },
    })
    expectProblem(answer, 503, 'not_configured')
    expect(answer.body.detail).toContain(missing)
    expect(await usedBy(tenant)).toBe(0)
  })
})

describe('the quota of messages', () => {
  it('lets exactly what is left pass, and gives back what failed', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    await setLimits(tenant, { chatMessages: 5 })
    const answers = await Promise.all(Array.from({ length: 15 }, () => ask(tenant, { message: 'Hi' })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
    const refused = answers.find(({ status }) => status !== 200)
    if (!refused) throw new Error('none was refused')
    expectProblem(refused, 429, 'quota_exceeded')
    expect(refused.body).toMatchObject({ limit: 5, used: 5, upgradeUrl: expect.stringMatching(/^http/) })
    expect(new Date(refused.body.resetsAt).getTime()).toBeGreaterThan(Date.now())
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await usedBy(tenant)).toBe(5)

    await setLimits(tenant, { chatMessages: 6 })
    services.openai.failNext(500, 3)
    expectProblem(await ask(tenant, { message: 'Hi' }), 502, 'provider_error')
    expectStatus(await ask(tenant, { message: 'Hi' }), 200)
    expectProblem(await ask(tenant, { message: 'Hi' }), 429, 'quota_exceeded')
  })

  it('is not touched by a request that is refused before', async () => {
    const tenant = await freshTenant()
    expectProblem(await ask(tenant, {}), 400, 'invalid_input')
    expectProblem(
      await ask(tenant, { message: 'Hi', conversationId: '0123456789abcdef01234567' }),
      404,
      'not_found',
    )
    expect(await usedBy(tenant)).toBe(0)
  })

  it('of a visitor is twenty a day, whatever the minute', async () => {
    const visitor = freshVisitor()
    const { UsageCounter } = await import('../../models/usage-counter.ts')
    expectStatus(await ask(visitor, { message: 'Hi' }), 200)
    const rows = await UsageCounter.find({
      clerkId: { $in: Array.from({ length: 50 }, (_, i) => `visitor:192.0.2.${i}`) },
    })
    const row = rows.find(({ chatMessages }) => chatMessages === 1)
    expect(row?.expiresAt?.getTime()).toBeGreaterThan(Date.now())
    await UsageCounter.updateOne({ clerkId: row?.clerkId ?? '' }, { $set: { chatMessages: 19 } })
    services.openai.failNext(500, 3)
    expectProblem(await ask(visitor, { message: 'Hi' }), 502, 'provider_error')
    expectStatus(await ask(visitor, { message: 'Hi' }), 200)
    const refused = await ask(visitor, { message: 'Hi' })
    expectProblem(refused, 429, 'quota_exceeded')
    expect(refused.body).toMatchObject({ limit: 20, used: 20 })
  })
})
