import { setTimeout as sleep } from 'node:timers/promises'
import { OpenAI } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenAIStandIn, startOpenAI } from '../../../scripts/local/openai/index.ts'

let provider: OpenAIStandIn
let client: OpenAI

beforeAll(async () => {
  provider = await startOpenAI({ delayMs: 5 })
  client = new OpenAI({ baseURL: provider.baseUrl, apiKey: provider.apiKey, maxRetries: 0 })
})
afterAll(() => provider.close())

type Params = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'model'>

const ask = (params: Params) => client.chat.completions.create({ model: 'm', ...params })

const tool = (name: string, properties = {}): OpenAI.ChatCompletionFunctionTool => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties, required: Object.keys(properties) } },
})
const weather = tool('get_weather', { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } })
const tide = tool('get_tide')
const user = (content: string) => ({ role: 'user' as const, content })

async function callsOf(params: Params) {
  const { choices } = await ask(params)
  const calls = (choices[0]?.message.tool_calls ?? []) as OpenAI.ChatCompletionMessageFunctionToolCall[]
  return calls.map(({ function: { name, arguments: given } }) => [name, JSON.parse(given)])
}

describe('tools', () => {
  const tools = [weather, tide]

  test('are called when the question names them or they must be, with minimal arguments', async () => {
    const content = 'Use get_weather'
    const called = ['get_weather', { city: content, days: 2 }]
    expect(await callsOf({ messages: [user(content)], tools })).toEqual([called])
    expect(await callsOf({ messages: [user('Hello')], tools })).toEqual([])
    expect(await callsOf({ messages: [user('Hello')], tools, tool_choice: 'required' })).toEqual([
      ['get_weather', { city: 'Hello', days: 2 }],
    ])
    const tool_choice = { type: 'function' as const, function: { name: 'get_tide' } }
    expect(await callsOf({ messages: [user(content)], tools, tool_choice })).toEqual([['get_tide', {}]])
    expect(await callsOf({ messages: [user(content)], tools, tool_choice: 'none' })).toEqual([])
  })

  test('are called together unless that is forbidden', async () => {
    const messages = [user('get_tide, then get_weather')]
    expect(await callsOf({ messages, tools })).toHaveLength(2)
    expect(await callsOf({ messages, tools, parallel_tool_calls: false })).toHaveLength(1)
  })

  test('have their answers used', async () => {
    const { choices } = await ask({ messages: [user('get_tide now')], tools })
    const said = choices[0]?.message
    expect(choices[0]?.finish_reason).toBe('tool_calls')
    if (!said?.tool_calls?.[0]) throw new Error('no call')
    const result = { role: 'tool' as const, tool_call_id: said.tool_calls[0].id, content: 'High at noon' }
    const told = await ask({ messages: [user('get_tide now'), said, result], tools })
    expect(told.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'The tools say: "High at noon"' },
    })
  })

  test('are streamed in pieces', async () => {
    const stream = client.chat.completions.stream({ model: 'm', messages: [user('get_weather!')], tools })
    let pieces = 0
    for await (const chunk of stream) if (chunk.choices[0]?.delta.tool_calls) pieces += 1
    expect(pieces).toBeGreaterThan(3)
    const { choices } = await stream.finalChatCompletion()
    const [call] = (choices[0]?.message.tool_calls ?? []) as OpenAI.ChatCompletionMessageFunctionToolCall[]
    expect(JSON.parse(call?.function.arguments ?? '')).toEqual({ city: 'get_weather!', days: 2 })
  })
})

describe('what OpenAI refuses is refused', () => {
  const call = { id: 'c1', type: 'function' as const, function: { name: 'get_tide', arguments: '{}' } }
  const calling = { role: 'assistant' as const, content: null, tool_calls: [call] }
  const result = { role: 'tool' as const, tool_call_id: 'c1', content: 'x' }
  const json = { type: 'json_object' as const }

  test.each<[string, Params]>([
    ['tool_choice', { messages: [user('Hi')], tool_choice: 'auto' }],
    ['parallel_tool_calls', { messages: [user('Hi')], parallel_tool_calls: true }],
    [
      'tool_choice',
      {
        messages: [user('Hi')],
        tools: [tide],
        tool_choice: { type: 'function', function: { name: 'other' } },
      },
    ],
    ['tools', { messages: [user('Hi')], tools: [] }],
    ['stream_options', { messages: [user('Hi')], stream_options: { include_usage: true } }],
    ['messages.0.role', { messages: [result] }],
    ['messages.2.role', { messages: [calling, result, { ...result, tool_call_id: 'c2' }] }],
    ['messages.0', { messages: [calling, user('Hi')] }],
    ['messages.0.content', { messages: [{ role: 'assistant', content: null }] }],
    ['messages', { messages: [user('Hi')], response_format: json }],
  ])('%s', async (param, params) => {
    await expect(ask(params)).rejects.toMatchObject({ status: 400, param, type: 'invalid_request_error' })
  })
})

describe('a stream that breaks', () => {
  const begin = () =>
    client.chat.completions.create({ model: 'm', messages: [user('Write 40 words')], stream: true })

  test('sends so many words and loses its connection', async () => {
    provider.breakNext(3)
    let words = 0
    const reading = (async () => {
      for await (const chunk of await begin()) if (chunk.choices[0]?.delta.content) words += 1
    })()
    await expect(reading).rejects.toThrow()
    expect(words).toBe(3)
    let whole = 0
    for await (const chunk of await begin()) if (chunk.choices[0]?.delta.content) whole += 1
    expect(whole).toBe(40)
  })

  test('counts clients that went away in its middle', async () => {
    const before = provider.disconnects()
    for await (const chunk of await begin()) if (chunk.choices[0]?.delta.content) break
    for (let waited = 0; provider.disconnects() === before && waited < 200; waited++) await sleep(10)
    expect(provider.disconnects()).toBe(before + 1)
  })
})
