import { APIConnectionError, APIConnectionTimeoutError, OpenAI } from 'openai'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OpenAIStandIn, startOpenAI } from '../../../scripts/local/openai/index.ts'

let provider: OpenAIStandIn

beforeEach(async () => {
  provider = await startOpenAI({ delayMs: 0 })
})
afterEach(() => provider.close())

function sdk(options: { apiKey?: string; maxRetries?: number; timeout?: number } = {}) {
  return new OpenAI({ baseURL: provider.baseUrl, apiKey: provider.apiKey, maxRetries: 0, ...options })
}

function say(content: string, client = sdk()) {
  return client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content }] })
}

async function vectors(texts: string[], dimensions?: number): Promise<number[][]> {
  const { data } = await sdk().embeddings.create({ model: 'e', input: texts, dimensions })
  return data.map(item => item.embedding)
}

function cosine(left: number[] = [], right: number[] = []): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)
}

describe('embeddings', () => {
  test('texts that share words are near, others are not', async () => {
    const [query, near, far] = await vectors([
      'How do I get a refund?',
      'Refunds are paid within fourteen days.',
      'The warehouse opens at eight.',
    ])
    expect(cosine(query, near)).toBeGreaterThan(0.3)
    expect(Math.abs(cosine(query, far))).toBeLessThan(0.1)
  })

  test('case, accents and plural don’t matter; stop words hardly do', async () => {
    const [plain, dressed, stop, other] = await vectors([
      'facture payée',
      'Les FACTURES payees',
      'the of and to',
      'the of and to invoice',
    ])
    expect(cosine(plain, dressed)).toBeGreaterThan(0.99)
    expect(cosine(stop, other)).toBeLessThan(0.2)
  })

  test('vectors are unit length, 1536 wide unless told otherwise, and the same each time', async () => {
    const [vector] = await vectors(['Hello world'])
    const [again, empty] = await vectors(['Hello world', '?!'])
    const [small] = await vectors(['Hello world'], 256)
    expect(vector).toHaveLength(1536)
    expect(again).toEqual(vector)
    expect(small).toHaveLength(256)
    for (const one of [vector, empty, small]) expect(cosine(one, one)).toBeCloseTo(1, 5)
  })

  test('both encodings carry the same numbers', async () => {
    const input = 'Rivers rise when rain falls'
    const base64 = await sdk().embeddings.create({ model: 'e', input })
    const float = await sdk().embeddings.create({ model: 'e', input, encoding_format: 'float' })
    expect(provider.requests()[0]?.body).toMatchObject({ encoding_format: 'base64' })
    expect(Array.from(base64.data[0]?.embedding ?? [])).toEqual(float.data[0]?.embedding)
    expect(base64.usage).toEqual({ prompt_tokens: 7, total_tokens: 7 })
  })

  test('a list keeps its order; token arrays are refused', async () => {
    const { data } = await sdk().embeddings.create({ model: 'e', input: ['a1', 'b2', 'c3'] })
    expect(data.map(item => item.index)).toEqual([0, 1, 2])
    const tokens = sdk().embeddings.create({ model: 'e', input: [[1, 2, 3]] })
    await expect(tokens).rejects.toMatchObject({ status: 400, param: 'input' })
  })
})

describe('errors', () => {
  test('a wrong key is an AuthenticationError', async () => {
    const refused = say('Hi', sdk({ apiKey: 'sk-wrong' }))
    await expect(refused).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
    await expect(refused).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' })
    const keyless = await fetch(`${provider.baseUrl}/models`)
    expect(keyless.status).toBe(401)
  })

  test('bad JSON, no messages and an unknown url answer in OpenAI’s shape', async () => {
    const headers = { authorization: `Bearer ${provider.apiKey}` }
    const response = await fetch(`${provider.baseUrl}/chat/completions`, {
      method: 'POST',
      headers,
      body: '{',
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', param: null } })

    const empty = sdk().chat.completions.create({ model: 'm', messages: [] })
    await expect(empty).rejects.toMatchObject({ status: 400, param: 'messages' })
    await expect(sdk().get('/nothing')).rejects.toMatchObject({ status: 404, code: 'unknown_url' })
  })

  test('failNext fails so many requests and no more', async () => {
    provider.failNext(429)
    provider.failNext(500, 2)
    await expect(say('1')).rejects.toBeInstanceOf(OpenAI.RateLimitError)
    await expect(say('2')).rejects.toBeInstanceOf(OpenAI.InternalServerError)
    await expect(say('3')).rejects.toMatchObject({ status: 500, type: 'server_error' })
    await expect(say('4')).resolves.toMatchObject({ object: 'chat.completion' })
  })

  test('the SDK’s retries get past a short failure, soon, and each try is seen', async () => {
    provider.failNext(503)
    provider.failNext(429)
    const start = performance.now()
    await say('Hello', sdk({ maxRetries: 2 }))
    expect(provider.requests()).toHaveLength(3)
    // The SDK's own pauses would be over a second.
    expect(performance.now() - start).toBeLessThan(600)
  })

  test('failNext(0) hangs until the client gives up', async () => {
    provider.failNext(0)
    await expect(say('Hello', sdk({ timeout: 100 }))).rejects.toBeInstanceOf(APIConnectionTimeoutError)
    await expect(say('Hello')).resolves.toMatchObject({ object: 'chat.completion' })
  })

  test('failNext(0) hangs until the stand-in closes', async () => {
    const other = await startOpenAI()
    other.failNext(0)
    const client = new OpenAI({ baseURL: other.baseUrl, apiKey: other.apiKey, maxRetries: 0 })
    const hanging = say('Hello', client)
    const early = await Promise.race([
      hanging.catch(() => 'ended'),
      new Promise(r => setTimeout(r, 100, 'hanging')),
    ])
    expect(early).toBe('hanging')
    await other.close()
    const error = await hanging.catch(reason => reason)
    expect(error instanceof APIConnectionError || error instanceof OpenAI.InternalServerError).toBe(true)
  })
})

test('what reached the provider can be seen, the newest 200', async () => {
  for (let index = 0; index < 205; index += 1) await say(`Message ${index}`)
  const requests = provider.requests()
  expect(requests).toHaveLength(200)
  expect(requests.at(-1)).toMatchObject({
    path: '/v1/chat/completions',
    body: { model: 'm', messages: [{ role: 'user', content: 'Message 204' }] },
  })
})

test('models are listed, and any name is one', async () => {
  const { data } = await sdk().models.list()
  expect(data.map(model => model.id)).toContain('gpt-4o-mini')
  expect(await sdk().models.retrieve('my/own-model')).toMatchObject({ id: 'my/own-model', object: 'model' })
})
