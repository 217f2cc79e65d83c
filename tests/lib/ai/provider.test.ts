import { afterEach, describe, expect, it } from 'vitest'
import { complete } from '../../../lib/ai/complete.ts'
import { EMBEDDING_DIMENSIONS, embed, unitVector } from '../../../lib/ai/embed.ts'
import { costOf } from '../../../lib/ai/prices.ts'
import type { Provider } from '../../../lib/ai/providers.ts'
import { listen } from '../../../scripts/local/http.ts'
import { services } from '../../setup/services.ts'

const provider: Provider = {
  name: 'openai',
  baseUrl: services.openai.baseUrl,
  apiKey: services.openai.apiKey,
  chatModel: 'gpt-4o-mini',
  embeddingModel: 'text-embedding-3-small',
}

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()))
})

/** A provider that answers every request with this. */
async function answering(body: unknown): Promise<Provider> {
  const server = await listen(() =>
    typeof body === 'string'
      ? new Response(body, { headers: { 'Content-Type': 'application/json' } })
      : Response.json(body),
  )
  open.push(server)
  return { ...provider, baseUrl: server.url }
}

const vectorOf = (value: number, dimensions = EMBEDDING_DIMENSIONS) => Array(dimensions).fill(value)
const messages = [{ role: 'user' as const, content: 'Hi' }]

describe('embed', () => {
  it('splits many texts into requests of 96 and keeps their order', async () => {
    const texts = Array.from({ length: 200 }, (_, i) => `word${i * 31}`)
    const before = services.openai.requests().length
    const { vectors, promptTokens, costUsd } = await embed(provider, texts)
    const sizes = services.openai
      .requests()
      .slice(before)
      .map(({ body }) => (body as { input: string[] }).input.length)
    expect(sizes).toEqual([96, 96, 8])
    expect(vectors).toHaveLength(200)
    for (const i of [0, 95, 96, 191, 192, 199]) {
      const { vectors: alone } = await embed(provider, [texts[i] ?? ''])
      expect(vectors[i]).toEqual(alone[0])
    }
    expect(promptTokens).toBeGreaterThan(200)
    expect(costUsd).toBeCloseTo((promptTokens * 0.02) / 1_000_000, 12)
  })

  it('asks for nothing when there is nothing', async () => {
    const before = services.openai.requests().length
    expect((await embed(provider, [])).vectors).toEqual([])
    expect(services.openai.requests().length).toBe(before)
  })

  it('goes by the index that the provider tells', async () => {
    const first = vectorOf(0).with(0, 1)
    const second = vectorOf(0).with(1, 1)
    const shuffled = await answering({
      data: [
        { index: 1, embedding: second },
        { index: 0, embedding: first },
      ],
    })
    const { vectors } = await embed(shuffled, ['a', 'b'])
    expect([vectors[0]?.[0], vectors[1]?.[1]]).toEqual([1, 1])
  })

  it.each([
    ['wrong dimensions', { data: [{ index: 0, embedding: vectorOf(1, 3) }] }],
    ['no numbers', { data: [{ index: 0, embedding: Array(EMBEDDING_DIMENSIONS).fill('x') }] }],
    ['too few vectors', { data: [] }],
    ['no vectors', {}],
    ['no embedding', { data: [{ index: 0 }] }],
    ['nothing', null],
    ['no JSON', '<html>'],
  ])('is the provider’s fault with %s', async (_kind, body) => {
    await expect(embed(await answering(body), ['a'])).rejects.toMatchObject({ code: 'provider_error' })
  })

  it('is the provider’s fault when it is not there', async () => {
    const gone = await answering({})
    await Promise.all(open.splice(0).map(server => server.close()))
    await expect(embed(gone, ['a'])).rejects.toMatchObject({ code: 'provider_error' })
  })
})

describe('complete', () => {
  it.each([
    ['no choice', { choices: [] }],
    ['no message', { choices: [{ index: 0 }] }],
    ['nothing', null],
    ['no JSON', '<html>'],
  ])('is the provider’s fault with %s', async (_kind, body) => {
    await expect(complete(await answering(body), { messages })).rejects.toMatchObject({
      code: 'provider_error',
    })
  })

  it('estimates the usage of an answer that tells none: a token is about four characters', async () => {
    const silent = await answering({ choices: [{ message: { content: 'Yes, it is.' } }] })
    expect(await complete(silent, { messages })).toEqual({
      content: 'Yes, it is.',
      model: 'gpt-4o-mini',
      usage: { promptTokens: 1, completionTokens: 3, totalTokens: 4 },
      costUsd: 0.00000195,
    })
  })
})

describe('unitVector', () => {
  it('has length 1 and the same direction', () => {
    const vector = unitVector(vectorOf(0).with(0, 3).with(1, -4))
    expect(vector[0]).toBeCloseTo(0.6)
    expect(vector[1]).toBeCloseTo(-0.8)
  })

  it('leaves a vector without direction as it is', () => {
    expect(Math.hypot(...unitVector(vectorOf(0)))).toBe(0)
  })
})

describe('costOf', () => {
  it('counts by model, and is 0 for one of unknown price', () => {
    const tokens = { promptTokens: 1_000_000, completionTokens: 1_000_000 }
    expect(costOf('gpt-4o-mini', tokens)).toBeCloseTo(0.75)
    expect(costOf('somebody-else', tokens)).toBe(0)
  })
})
