import { describe, expect, it } from 'vitest'
import { readCounters } from '../../lib/limits/counters.ts'
import { UsageLog } from '../../models/usage-log.ts'
import { call, expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { background } from '../setup/file.ts'
import { services } from '../setup/services.ts'
import { setLimits } from './files/stored.ts'

const VISION = '/api/ai?provider=openai&action=vision'
const imageUrl = 'http://127.0.0.1:9/lighthouse.png'
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64')

const look = (tenant: Tenant, json: object, headers = {}) => tenant.call('POST', VISION, { json, headers })
const usedBy = async ({ clerkId }: Tenant) => (await readCounters(clerkId)).chatMessages

type Part = { type: string; text?: string; image_url?: { url: string } }
type Sent = { messages: { role: string; content: Part[] }[]; response_format?: { type: string } }
const lastSent = () => services.openai.requests().at(-1)?.body as Sent

describe('POST /api/ai?action=vision', () => {
  it('describes an image at an address, which it passes on and never fetches', async () => {
    const tenant = await freshTenant()
    const answer = await look(tenant, { imageUrl })
    expectStatus(answer, 200)
    expect(answer.body).toEqual({
      caption: expect.stringContaining(imageUrl),
      text: expect.any(String),
      description: expect.any(String),
      usage: {
        promptTokens: expect.any(Number),
        completionTokens: expect.any(Number),
        totalTokens: expect.any(Number),
      },
    })
    const { promptTokens, completionTokens, totalTokens } = answer.body.usage
    expect(totalTokens).toBe(promptTokens + completionTokens)
    expect(lastSent().response_format?.type).toBe('json_schema')
    expect(lastSent().messages.at(-1)?.content[1]).toEqual({
      type: 'image_url',
      image_url: { url: imageUrl },
    })
  })

  it('describes an image in base64, under the type of its bytes', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    const json = { imageBase64: `data:image/webp;base64,${png}`, prompt: 'What is its number?' }
    const answer = await call('POST', VISION, { json, headers })
    expectStatus(answer, 200)
    expect(answer.body.description).toContain('What is its number?')
    const [text, image] = lastSent().messages.at(-1)?.content ?? []
    expect(text).toEqual({ type: 'text', text: 'What is its number?' })
    expect(image?.image_url?.url).toBe(`data:image/png;base64,${png}`)
  })

  it('counts as one chat message and is metered', async () => {
    const tenant = await freshTenant()
    expectStatus(await look(tenant, { imageUrl, model: 'gpt-4o' }), 200)
    expect(await usedBy(tenant)).toBe(1)
    await background.drain()
    const logged = await UsageLog.findOne({ clerkId: tenant.clerkId, endpoint: /action=vision/ }).lean()
    const facts = logged?.metadata as { promptTokens: number; completionTokens: number }
    expect(facts).toMatchObject({
      action: 'vision',
      model: 'gpt-4o',
      tokens_used: facts.promptTokens + facts.completionTokens,
      costUsd: expect.closeTo((facts.promptTokens * 2.5 + facts.completionTokens * 10) / 1_000_000, 9),
    })
  })

  it('answers a retry with the same Idempotency-Key once, and takes one message for it', async () => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': 'one-look' }
    const first = await look(tenant, { imageUrl }, headers)
    const second = await look(tenant, { imageUrl }, headers)
    expect(second.headers.get('idempotency-replayed')).toBe('true')
    expect(second.body).toEqual(first.body)
    expect(await usedBy(tenant)).toBe(1)
  })

  it('is refused when the quota is used up, before the provider is asked', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    await setLimits(tenant, { chatMessages: 1 })
    expectStatus(await look(tenant, { imageUrl }), 200)
    const before = services.openai.requests().length
    expectProblem(await look(tenant, { imageUrl }), 429, 'quota_exceeded')
    expect(services.openai.requests().length).toBe(before)
  })

  it.each([
    [500, 3, {}, 502, 'provider_error'],
    [401, 1, {}, 502, 'provider_error'],
    [404, 1, {}, 502, 'provider_error'],
    [404, 1, { model: 'nonsense' }, 400, 'invalid_input'],
  ])('gives the message back when the provider answers %i', async (upstream, times, named, status, code) => {
    const tenant = await freshTenant()
    services.openai.failNext(upstream, times)
    expectProblem(await look(tenant, { imageUrl, ...named }), status, code)
    expect(await usedBy(tenant)).toBe(0)
  })

  it.each([
    ['nothing', {}, 'imageUrl'],
    ['both', { imageUrl, imageBase64: png }, 'imageUrl'],
    ['a file address', { imageUrl: 'file:///etc/passwd' }, 'imageUrl'],
    ['a data URL as an address', { imageUrl: `data:image/png;base64,${png}` }, 'imageUrl'],
    ['no image', { imageBase64: Buffer.from('%PDF-1.7 and more').toString('base64') }, 'imageBase64'],
    ['no base64', { imageBase64: 'an image!' }, 'imageBase64'],
    ['an empty prompt', { imageUrl, prompt: '' }, 'prompt'],
    ['an unknown field', { imageUrl, detail: 'high' }, ''],
  ])('refuses %s, before any message is taken', async (_what, json, path) => {
    const tenant = await freshTenant()
    const before = services.openai.requests().length
    const answer = await look(tenant, json)
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors[0].path).toContain(path)
    expect(services.openai.requests().length).toBe(before)
    expect(await usedBy(tenant)).toBe(0)
  })

  it('refuses a body that the platform would not bring', async () => {
    const tenant = await freshTenant()
    expectProblem(await look(tenant, { imageBase64: 'A'.repeat(4.2 * 1024 * 1024) }), 413, 'too_large')
  })

  it('is not for visitors', async () => {
    expectProblem(await call('POST', VISION, { json: { imageUrl } }), 401, 'unauthenticated')
  })
})
