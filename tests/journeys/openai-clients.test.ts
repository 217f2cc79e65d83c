import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { OpenAI } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { monthOf, readCounters } from '../../lib/limits/counters.ts'
import { UsageCounter } from '../../models/usage-counter.ts'
import { UsageLog } from '../../models/usage-log.ts'
import { upload } from '../api/files/stored.ts'
import { type Api, startApi } from '../helpers/api-process.ts'
import { pythonIsMissing, pythonWith } from '../helpers/python.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'

const PYTHON_CLIENT = 'openai==3.52.0'
const model = 'gpt-4o-mini'
const user = (content: string) => [{ role: 'user' as const, content }]

let api: Api
let tenant: Tenant
let apiKey: string
let poorKey: string

beforeAll(async () => {
  api = await startApi({})
  tenant = await freshTenant({ plan: 'professional' })
  apiKey = (await tenant.newKey()).key
  await upload(tenant, 'The blue crane lifts forty tons. It stands on pier nine.', 'cranes.txt')
  const poor = await freshTenant()
  poorKey = (await poor.newKey()).key
  await UsageCounter.create({ clerkId: poor.clerkId, period: monthOf(new Date()), chatMessages: 100 })
})
afterAll(() => api.stop())

function clientOf(key = apiKey): OpenAI {
  return new OpenAI({ baseURL: `${api.url}/api/v1`, apiKey: key })
}

const chatMessages = async () => (await readCounters(tenant.clerkId)).chatMessages

/** How many answers of 60 words were given to their end: each such has more tokens than words. */
const longAnswers = () =>
  UsageLog.countDocuments({ clerkId: tenant.clerkId, 'metadata.completionTokens': { $gt: 60 } })

/** Waits until so many long answers are given, heard or not. */
async function expectFinished(answers: number): Promise<void> {
  for (let waited = 0; waited < 400 && (await longAnswers()) !== answers; waited++) await sleep(25)
  expect(await longAnswers()).toBe(answers)
}

describe('OpenAI’s client for Node', () => {
  it('chats', async () => {
    const completion = await clientOf().chat.completions.create({ model, messages: user('Hello there') })
    expect(completion.choices[0]?.message.content).toBe('Happy to help! You said: "Hello there"')
    expect(completion.usage?.total_tokens).toBeGreaterThan(0)
    expect(completion._request_id).toMatch(/^[\w-]{36}$/)
  })

  it('streams word by word, with usage when asked', async () => {
    const chunks = await clientOf().chat.completions.create({
      model,
      messages: user('Write 40 words'),
      stream: true,
      stream_options: { include_usage: true },
    })
    const started = performance.now()
    const times: number[] = []
    let text = ''
    let usage: OpenAI.CompletionUsage | null | undefined
    for await (const chunk of chunks) {
      text += chunk.choices[0]?.delta.content ?? ''
      usage = chunk.usage
      times.push(performance.now() - started)
    }
    expect(text.split(' ')).toHaveLength(40)
    expect(usage?.completion_tokens).toBeGreaterThan(10)
    // The stand-in takes 20 ms for a word.
    expect(times[1] ?? 0).toBeLessThan((times.at(-1) ?? 0) / 2)
  })

  it('calls tools, streamed by its helper, and tells what they answered', async () => {
    const client = clientOf()
    const ran: unknown[] = []
    const runner = client.chat.completions.runTools({
      model,
      messages: user('Use get_weather'),
      stream: true,
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'Tells the weather',
            parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
            parse: JSON.parse,
            function: (given: unknown) => {
              ran.push(given)
              return 'Rain in Brest'
            },
          },
        },
      ],
    })
    expect(await runner.finalContent()).toBe('The tools say: "Rain in Brest"')
    expect(ran).toEqual([{ city: 'Use get_weather' }])
  })

  it('answers from files, with citations beside what it knows, streamed too', async () => {
    const asked = { model: `knowledge/${model}`, messages: user('What does the crane lift?') }
    const whole = await clientOf().chat.completions.create(asked)
    expect(whole.choices[0]?.message.content).toContain('The blue crane lifts forty tons.')
    expect(whole).toMatchObject({ citations: [{ name: 'cranes.txt', chunk: 0 }] })
    const chunks: unknown[] = []
    for await (const chunk of await clientOf().chat.completions.create({ ...asked, stream: true }))
      chunks.push(chunk)
    expect(chunks.at(-1)).toMatchObject({ citations: [{ name: 'cranes.txt' }] })
  })

  it('embeds, in base64 as it asks by default and in floats', async () => {
    const asked = { model: 'text-embedding-3-small', input: ['sea', 'ship'] }
    const packed = await clientOf().embeddings.create(asked)
    const floats = await clientOf().embeddings.create({ ...asked, encoding_format: 'float' })
    const vectors = packed.data.map(({ embedding }) => Array.from(embedding))
    expect(vectors.map(({ length }) => length)).toEqual([1536, 1536])
    expect(floats.data.map(({ embedding }) => embedding)).toEqual(vectors)
  })

  it('lists models and finds one', async () => {
    const ids: string[] = []
    for await (const { id } of clientOf().models.list()) ids.push(id)
    expect(ids).toContain(model)
    expect(await clientOf().models.retrieve(`knowledge/${model}`)).toMatchObject({ object: 'model' })
  })

  it.each<[string, new (...given: never[]) => Error, object, () => Promise<unknown>]>([
    [
      'a wrong key',
      OpenAI.AuthenticationError,
      { status: 401, code: 'invalid_api_key' },
      () => clientOf(`tc_live_${'a'.repeat(38)}`).models.list(),
    ],
    [
      'two answers at once',
      OpenAI.BadRequestError,
      { status: 400, param: 'n' },
      () => clientOf().chat.completions.create({ model, messages: user('Hi'), n: 2 }),
    ],
    [
      'no such model',
      OpenAI.NotFoundError,
      { status: 404, code: 'model_not_found' },
      () => clientOf().models.retrieve('nothing'),
    ],
    [
      'no such endpoint',
      OpenAI.NotFoundError,
      { status: 404, type: 'invalid_request_error' },
      () => clientOf().get('/nothing'),
    ],
    [
      'a quota used up',
      OpenAI.RateLimitError,
      { status: 429, code: 'insufficient_quota' },
      () => clientOf(poorKey).chat.completions.create({ model, messages: user('Hi'), stream: true }),
    ],
  ])('knows %s', async (_name, kind, expected, asking) => {
    const error = await asking().catch(reason => reason)
    expect(error).toBeInstanceOf(kind)
    expect(error).toMatchObject({ ...expected, requestID: expect.any(String) })
  })

  it('may leave in the middle of a stream: the answer is finished and counted', async () => {
    const before = { messages: await chatMessages(), answers: await longAnswers() }
    const stream = await clientOf().chat.completions.create({
      model,
      messages: user('Write 60 words'),
      stream: true,
    })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stream.controller.abort()
    await expectFinished(before.answers + 1)
    expect(await chatMessages()).toBe(before.messages + 1)
  })
})

const missing = await pythonIsMissing()

describe.skipIf(missing !== null)(`OpenAI’s client for Python${missing ? ` ${missing}` : ''}`, () => {
  let told: ReturnType<typeof JSON.parse>
  let before: { messages: number; answers: number }

  beforeAll(async () => {
    const python = await pythonWith(PYTHON_CLIENT)
    before = { messages: await chatMessages(), answers: await longAnswers() }
    const env = { PATH: process.env.PATH, BASE_URL: `${api.url}/api/v1`, API_KEY: apiKey, POOR_KEY: poorKey }
    const script = join(import.meta.dirname, 'openai_client.py')
    const { stdout } = await promisify(execFile)(python, [script], { env })
    told = JSON.parse(stdout)
  }, 300_000)

  it('chats and streams', () => {
    const content = 'Happy to help! You said: "Hello there"'
    expect(told.chat).toEqual({ content, total_tokens: expect.any(Number) })
    expect(told.stream).toEqual({ content, chunks: 10, total_tokens: told.chat.total_tokens })
  })

  it('calls tools, streamed or not', () => {
    const given = { city: 'Use get_weather' }
    expect(told.tools).toEqual({
      finish_reason: 'tool_calls',
      arguments: given,
      content: 'The tools say: "Rain"',
    })
    expect(told.streamed_tools).toEqual({ name: 'get_weather', arguments: given })
  })

  it('answers from files, with citations', () => {
    expect(told.knowledge.content).toContain('The blue crane lifts forty tons.')
    expect(told.knowledge.citations).toMatchObject([{ name: 'cranes.txt' }])
  })

  it('embeds, in base64 and floats', () => {
    expect(told.embeddings).toEqual({ dimensions: [1536, 1536], same: true, total_tokens: 2 })
  })

  it('lists models and finds one', () => {
    expect(told.models).toEqual({ listed: true, found: `knowledge/${model}` })
  })

  it('knows what went wrong', () => {
    const named = true
    const poor = { error: 'RateLimitError', status: 429, code: 'insufficient_quota', param: null, named }
    expect(told.errors).toEqual({
      'wrong key': { error: 'AuthenticationError', status: 401, code: 'invalid_api_key', param: null, named },
      'two answers': { error: 'BadRequestError', status: 400, code: 'invalid_input', param: 'n', named },
      'no messages': {
        error: 'BadRequestError',
        status: 400,
        code: 'invalid_input',
        param: 'messages',
        named,
      },
      'no such model': {
        error: 'NotFoundError',
        status: 404,
        code: 'model_not_found',
        param: 'model',
        named,
      },
      'no such endpoint': { error: 'NotFoundError', status: 404, code: 'not_found', param: null, named },
      'quota used up': poor,
      'quota used up, streamed': poor,
    })
  })

  it('may cancel a stream: the answer is finished and counted', async () => {
    expect(told.cancellation).toEqual({ cancelled: 'CancelledError', usable: true })
    await expectFinished(before.answers + 1)
    // Chat, stream, two of tools, one of streamed tools, knowledge and the cancelled one.
    expect(await chatMessages()).toBe(before.messages + 7)
  })
})
