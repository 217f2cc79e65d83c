import { describe, expect, it } from 'vitest'
import { complete } from '../../../lib/ai/complete.ts'
import { embed } from '../../../lib/ai/embed.ts'
import { callProvider } from '../../../lib/ai/internal/client.ts'
import { lookAt } from '../../../lib/ai/internal/look-at.ts'
import { sendAnswer, sendJson, startUpstream } from './upstream.ts'

type Reply = { status: number; body: unknown }
const replies: Reply[] = []
const { provider, requests } = await startUpstream(response => {
  const reply = replies.shift()
  if (reply) sendJson(response, reply.body, reply.status)
  else sendAnswer(response, '{"caption":"","text":"","description":""}')
})

const messages = [{ role: 'user' as const, content: 'Hi' }]
const error = (message: string, more: { param?: string; code?: string } = {}) => ({
  error: { message, type: 'invalid_request_error', param: null, code: null, ...more },
})

type End = { code: string; path?: string; message?: string }

/** How a request that is refused like this ends. */
async function endOf(reply: Reply, work: () => Promise<unknown>, times = 1): Promise<End> {
  replies.splice(0, replies.length, ...Array.from({ length: times }, () => reply))
  return work().then(
    () => ({ code: 'none' }),
    fault => ({ code: fault.code, path: fault.extras?.errors?.[0]?.path, message: fault.message }),
  )
}

describe('a chat request that the provider refuses', () => {
  it.each([
    ['an unknown model', 404, error('The model `x` does not exist', { code: 'model_not_found' }), 'model'],
    ['a model that is gone', 400, error('The model `x` has been decommissioned'), 'model'],
    ['no reason', 422, {}, 'model'],
    ['its temperature', 400, error('Unsupported value', { param: 'temperature' }), 'temperature'],
    ['too long an answer', 400, error('max_tokens is too large', { param: 'max_tokens' }), 'maxTokens'],
    ['the same, once more', 400, error('The answer is too long', { param: 'max_tokens' }), 'maxTokens'],
    ['the same, in words', 400, error('max_tokens: 100000 > 64000, the maximum'), 'maxTokens'],
    ['one message', 400, error('Invalid content', { param: 'messages.[0].content' }), 'message'],
    ['one message, as OpenAI writes it', 400, error('Invalid', { param: 'messages[0].content' }), 'message'],
  ])('for %s is the caller’s to mend', async (_why, status, body, path) => {
    const asked = { messages, model: 'x', temperature: 1, maxTokens: 100_000 }
    const end = await endOf({ status, body }, () => complete(provider, asked))
    expect(end).toMatchObject({ code: 'invalid_input', path })
  })

  it.each([
    ['an unknown model', 404, error('The model `gpt-4o-mini` does not exist', { param: 'model' })],
    ['a model without access', 400, error('You have no access to this model')],
    ['no reason', 400, {}],
    ['a parameter of ours', 400, error('Unknown parameter', { param: 'stream_options' })],
    ['a name that objects have', 400, error('Unknown parameter', { param: 'constructor' })],
    ['a wrong key', 401, error('Incorrect API key provided', { code: 'invalid_api_key' })],
    ['a key without rights', 403, error('Not allowed')],
  ])('for %s is our trouble when the request named no model', async (_why, status, body) => {
    const end = await endOf({ status, body }, () => complete(provider, { messages }))
    expect(end).toMatchObject({ code: 'provider_error', message: `openai failed with status ${status}.` })
  })

  it.each([
    [
      'OpenAI',
      400,
      error("This model's maximum context length is 128000 tokens", {
        param: 'messages',
        code: 'context_length_exceeded',
      }),
    ],
    ['Groq', 400, error('Please reduce the length of the messages or completion.')],
    ['Groq, early', 413, error('Request too large')],
    ['Anthropic', 400, error('prompt is too long: 212000 tokens > 200000 maximum')],
    ['Gemini', 400, [error('The input token count (1200000) exceeds the maximum number of tokens allowed')]],
  ])('as too long, in the words of %s, is said to be that', async (_who, status, body) => {
    const end = await endOf({ status, body }, () => complete(provider, { messages }))
    expect(end).toMatchObject({
      code: 'invalid_input',
      path: 'message',
      message: expect.stringContaining('Longer than the model can read'),
    })
  })

  it('tells the provider’s words and nothing around them', async () => {
    const plain = { status: 400, body: error('Only 1 is supported', { param: 'temperature' }) }
    const wrapped = { status: 400, body: [error('temperature must be at most 2')] }
    const ask = () => complete(provider, { messages, model: 'x', temperature: 1 })
    expect((await endOf(plain, ask)).message).toBe(
      'temperature: openai refused the request: Only 1 is supported',
    )
    expect((await endOf(wrapped, ask)).message).toBe(
      'temperature: openai refused the request: temperature must be at most 2',
    )
  })

  it('tells no novel', async () => {
    const body = error('a'.repeat(10_000), { param: 'temperature' })
    const end = await endOf({ status: 400, body }, () => complete(provider, { messages }))
    expect(end.message?.length).toBeLessThan(600)
  })

  it('for a wrong key is our trouble even where that is a 400', async () => {
    const body = [error('API key not valid. Please pass a valid API key.')]
    const end = await endOf({ status: 400, body }, () => complete(provider, { messages, model: 'x' }))
    expect(end).toMatchObject({ code: 'provider_error' })
  })
})

describe('a provider that fails', () => {
  it.each([408, 409, 429, 500, 502, 503, 529])('with %i is asked three times', async status => {
    const before = requests.length
    const end = await endOf({ status, body: {} }, () => complete(provider, { messages, model: 'x' }), 3)
    expect(end).toMatchObject({ code: 'provider_error', message: `openai failed with status ${status}.` })
    expect(requests.length).toBe(before + 3)
  })

  it('twice and then answers is no failure', async () => {
    expect(await endOf({ status: 503, body: {} }, () => complete(provider, { messages }), 2)).toEqual({
      code: 'none',
    })
  })

  it.each([400, 401, 403, 404, 422])('with %i is asked once', async status => {
    const before = requests.length
    await endOf({ status, body: {} }, () => complete(provider, { messages }))
    expect(requests.length).toBe(before + 1)
  })
})

describe('other requests', () => {
  it('embeddings for knowledge are never the caller’s to mend', async () => {
    const body = error('Too many tokens in input', { param: 'input' })
    expect(await endOf({ status: 400, body }, () => embed(provider, ['a']))).toMatchObject({
      code: 'provider_error',
    })
  })

  it.each([
    [{ imageUrl: 'https://example.com/a.png' }, 'imageUrl'],
    [{ imageBase64: 'aaaa' }, 'imageBase64'],
  ])('an image that cannot be read is %s', async (given, path) => {
    const ask = () => lookAt(provider, 'https://example.com/a.png', given)
    for (const body of [
      error('Error while downloading https://example.com/a.png'),
      error('You uploaded an unsupported image'),
      error('Invalid', { param: 'messages.[1].content.[1].image_url' }),
    ])
      expect(await endOf({ status: 400, body }, ask)).toMatchObject({ code: 'invalid_input', path })
  })

  it('that are passed on as they are keep the names of their parameters', async () => {
    const ask = () =>
      callProvider(provider, (client, options) =>
        client.chat.completions.create({ model: 'x', messages }, options),
      )
    const body = error('Invalid', { param: 'tools[0].function' })
    expect(await endOf({ status: 400, body }, ask)).toMatchObject({ code: 'invalid_input', path: 'tools' })
    expect(await endOf({ status: 404, body: {} }, ask)).toMatchObject({ path: 'model' })
  })
})
