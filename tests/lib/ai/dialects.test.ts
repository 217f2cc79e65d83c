import { describe, expect, it } from 'vitest'
import { complete, streamCompletion } from '../../../lib/ai/complete.ts'
import { describeImage } from '../../../lib/ai/describe-image.ts'
import { embed } from '../../../lib/ai/embed.ts'
import { embedTexts } from '../../../lib/ai/embed-texts.ts'
import { CATALOGUE } from '../../../lib/ai/internal/catalogue.ts'
import { lookAt } from '../../../lib/ai/internal/look-at.ts'
import { costOf } from '../../../lib/ai/prices.ts'
import { contextTokensOf, listProviders, type ProviderName, providerOf } from '../../../lib/ai/providers.ts'
import type { KeyCaller } from '../../../lib/auth/caller.ts'
import { ending, sendAnswer, sendEvent, sendJson, startUpstream } from './upstream.ts'

const upstream = await startUpstream((response, { path, body }) => {
  if (path.endsWith('/embeddings')) {
    const data = (body.input as string[]).map((_, index) => ({ index, embedding: Array(1536).fill(0.5) }))
    sendJson(response, { data, usage: { prompt_tokens: 4, total_tokens: 4 } })
  } else if (body.stream) {
    sendEvent(response, ending())
    response.end('data: [DONE]\n\n')
  } else sendAnswer(response, '{"caption":"A cat","text":"","description":"A cat sits."}')
})

Object.assign(process.env, {
  OPENAI_API_KEY: 'key-openai',
  OPENAI_BASE_URL: `${upstream.url}/openai`,
  GEMINI_API_KEY: 'key-gemini',
  GEMINI_BASE_URL: `${upstream.url}/gemini/`,
  ANTHROPIC_API_KEY: 'key-anthropic',
  ANTHROPIC_BASE_URL: `${upstream.url}/anthropic`,
  GROQ_API_KEY: 'key-groq',
  GROQ_BASE_URL: `${upstream.url}/groq`,
  GROQ_CHAT_MODEL: 'openai/gpt-oss-120b',
  OPENAI_ORG_ID: 'org-of-somebody',
  OPENAI_PROJECT_ID: 'project-of-somebody',
  AI_PRICES: JSON.stringify({ 'gpt-4o': { input: 1, output: 2 }, 'own-model': { input: 8 } }),
})

const messages = [{ role: 'user' as const, content: 'Hi' }]
const lastAsked = () => upstream.requests.at(-1)
const million = { promptTokens: 1_000_000, completionTokens: 1_000_000 }

describe('a chat request', () => {
  it.each([
    ['openai', 'gpt-4o-mini', { max_completion_tokens: 50, temperature: 1.5 }],
    ['gemini', 'gemini-3.8-flash', { max_tokens: 50, temperature: 1.5 }],
    ['anthropic', 'claude-sonnet-5-5', { max_tokens: 50, temperature: 1 }],
    ['groq', 'openai/gpt-oss-120b', { max_completion_tokens: 50, temperature: 1.5 }],
  ] as const)('goes to %s in its own form, with its own key', async (name, model, form) => {
    const provider = providerOf(name)
    const answer = await complete(provider, { messages, temperature: 1.5, maxTokens: 50 })
    expect(lastAsked()?.path).toBe(`/${name}/chat/completions`)
    expect(lastAsked()?.headers.authorization).toBe(`Bearer key-${name}`)
    expect(lastAsked()?.body).toEqual({ model, messages, ...form })
    expect(answer.model).toBe(provider.chatModel)
    expect(answer.usage).toEqual({ promptTokens: 10, completionTokens: 5, totalTokens: 15 })
  })

  it.each(['openai', 'gemini', 'anthropic', 'groq'] as const)('streamed, asks %s for usage', async name => {
    const { signal } = new AbortController()
    await streamCompletion(providerOf(name), { messages }, { onDelta() {}, signal })
    expect(lastAsked()?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } })
  })

  it('is made with the key it is given, whatever key was used before', async () => {
    await complete({ ...providerOf('groq'), apiKey: 'another-key' }, { messages })
    expect(lastAsked()?.headers.authorization).toBe('Bearer another-key')
  })

  it('tells no provider an organization that the environment names for another', async () => {
    await complete(providerOf('groq'), { messages })
    expect(Object.keys(lastAsked()?.headers ?? {}).filter(name => name.startsWith('openai-'))).toEqual([])
  })
})

describe('a request for embeddings', () => {
  it.each([
    ['openai', 'text-embedding-3-small'],
    ['gemini', 'gemini-embedding-001'],
  ] as const)('for knowledge asks %s for as many dimensions as are stored', async (name, model) => {
    await embed(providerOf(name), ['a'])
    expect(lastAsked()?.path).toBe(`/${name}/embeddings`)
    expect(lastAsked()?.body).toMatchObject({ model, input: ['a'], dimensions: 1536 })
  })

  it('of a caller leaves the dimensions to the provider', async () => {
    const { embeddings, model, usage, costUsd } = await embedTexts('gemini', { text: 'a' })
    expect(lastAsked()?.body).not.toHaveProperty('dimensions')
    expect(embeddings).toEqual([Array(1536).fill(0.5)])
    expect({ model, usage }).toEqual({
      model: 'gemini-embedding-001',
      usage: { promptTokens: 4, totalTokens: 4 },
    })
    expect(costUsd).toBeCloseTo((4 * 0.15) / 1_000_000, 12)
  })

  it.each(['anthropic', 'groq'] as const)('is refused for %s, which has none', async name => {
    const before = upstream.requests.length
    const refused = { code: 'invalid_input', extras: { errors: [{ path: 'provider' }] } }
    await expect(embedTexts(name, { text: 'a' })).rejects.toMatchObject(refused)
    await expect(embedTexts(name, { text: 'a', model: 'text-embedding-3-small' })).rejects.toMatchObject(
      refused,
    )
    expect(upstream.requests.length).toBe(before)
  })
})

describe('a request to describe an image', () => {
  const look = (name: ProviderName) =>
    lookAt(providerOf(name), 'https://example.com/a.png', { imageUrl: 'https://example.com/a.png' })

  it.each([
    ['openai', 'gpt-4o-mini', 'json_schema'],
    ['gemini', 'gemini-3.8-flash', 'json_schema'],
    ['anthropic', 'claude-sonnet-5-5', undefined],
    ['groq', 'qwen/qwen3.6-27b', 'json_object'],
  ] as const)('asks a model of %s that sees', async (name, model, format) => {
    expect(await look(name)).toMatchObject({ caption: 'A cat', model })
    expect(lastAsked()?.body.model).toBe(model)
    const asked = lastAsked()?.body.response_format as { type: string } | undefined
    expect(asked?.type).toBe(format)
  })
})

describe('a provider that is not configured', () => {
  it('is refused, naming all that is missing', async () => {
    expect(() => providerOf('vertex')).toThrow('VERTEX_PROJECT, VERTEX_CREDENTIALS')
    const caller = {} as KeyCaller
    await expect(
      describeImage(caller, 'vertex', { imageUrl: 'https://example.com/a.png' }, null),
    ).rejects.toMatchObject({ code: 'not_configured' })
  })
})

describe('the list of providers', () => {
  it('tells which are configured, each with its default first', () => {
    const listed = listProviders()
    expect(listed.map(({ provider, configured }) => [provider, configured])).toEqual([
      ['openai', true],
      ['vertex', false],
      ['gemini', true],
      ['anthropic', true],
      ['groq', true],
    ])
    for (const { models, default: usual } of listed) expect(models[0]).toBe(usual)
    expect(listed.find(({ provider }) => provider === 'groq')?.embeddingModels).toEqual([])
    expect(listed.find(({ provider }) => provider === 'openai')?.embeddingModels[0]).toBe(
      'text-embedding-3-small',
    )
  })

  it('names no model twice, and knows the window and price of each it offers', () => {
    for (const { provider, models, embeddingModels } of listProviders()) {
      const all = [...models, ...embeddingModels]
      expect(new Set(all).size).toBe(all.length)
      for (const model of models.filter(model => model in CATALOGUE[provider])) {
        expect(contextTokensOf(provider, model)).toBeGreaterThanOrEqual(100_000)
      }
      for (const model of Object.keys(CATALOGUE[provider])) expect(costOf(model, million)).toBeGreaterThan(0)
    }
  })
})

describe('what is known of models', () => {
  it('holds for their dated versions', () => {
    expect(contextTokensOf('anthropic', 'claude-sonnet-5-5-20261001')).toBe(1_000_000)
    expect(costOf('gpt-4o-mini-2024-07-18', million)).toBe(0.75)
  })

  it('is careful with models nobody knows', () => {
    expect(contextTokensOf('groq', 'somebody-else')).toBe(32_768)
    expect(contextTokensOf('groq', 'toString')).toBe(32_768)
    expect(costOf('constructor', million)).toBe(0)
  })

  it('may be told a price that the list has not, or not so', () => {
    expect(costOf('gpt-4o', million)).toBe(3)
    expect(costOf('gpt-4o-2024-08-06', million)).toBe(3)
    expect(costOf('own-model', million)).toBe(8)
    expect(costOf('claude-sonnet-5-5', million)).toBe(12)
  })
})
