import { describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { complete, lastSent, presenting } from './openai.ts'

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Tells the weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

describe('POST /api/v1/chat/completions', () => {
  it('answers with OpenAI’s object', async () => {
    const answer = await complete(await freshTenant(), 'Hello there')
    expectStatus(answer, 200)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'gpt-4o-mini',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Happy to help! You said: "Hello there"', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 3,
        completion_tokens: expect.any(Number),
        total_tokens: expect.any(Number),
      },
    })
  })

  it('serves an API key in either header', async () => {
    const { headers, key } = await (await freshTenant()).newKey()
    expectStatus(await complete(presenting(headers), 'Hi'), 200)
    expectStatus(await complete(presenting({ 'X-API-Key': key }), 'Hi'), 200)
  })

  it('passes on what it does not know, at every level, and drops nothing', async () => {
    const asked = {
      messages: [
        { role: 'developer', content: 'Be brief.', name: 'boss' },
        { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] },
      ],
      temperature: 0.1,
      seed: 7,
      logit_bias: { 50256: -100 },
      reasoning_effort: 'low',
      metadata: { run: 'a' },
      vendor_option: { deep: [1, { er: null }] },
      n: 1,
      stop: ['END'],
      user: 'u-1',
    }
    expectStatus(await complete(await freshTenant(), asked), 200)
    expect(lastSent()).toEqual({ model: 'gpt-4o-mini', ...asked })
  })

  it('takes a message of 100,000 characters and a conversation of many', async () => {
    const long = { messages: [{ role: 'user', content: 'x'.repeat(100_000) }] }
    expectStatus(await complete(await freshTenant(), long), 200)
    const messages = Array.from({ length: 500 }, (_, at) => ({
      role: at % 2 ? 'assistant' : 'user',
      content: `message ${at}`,
    }))
    expectStatus(await complete(await freshTenant(), { messages: [...messages, messages[0]] }), 200)
  })

  it('passes tools on, and their calls and answers back', async () => {
    const tenant = await freshTenant()
    const question = { role: 'user', content: 'Use get_weather for Brest' }
    const called = await complete(tenant, { messages: [question], tools: [weather], tool_choice: 'auto' })
    expectStatus(called, 200)
    const [choice] = called.body.choices
    expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } })
    const [toolCall] = choice.message.tool_calls
    expect(toolCall).toMatchObject({ type: 'function', function: { name: 'get_weather' } })
    expect(JSON.parse(toolCall.function.arguments)).toEqual({ city: question.content })

    const result = { role: 'tool', tool_call_id: toolCall.id, content: 'Rain, 11 degrees' }
    const told = await complete(tenant, { messages: [question, choice.message, result], tools: [weather] })
    expectStatus(told, 200)
    expect(told.body.choices[0].message.content).toContain('Rain, 11 degrees')
    expect(lastSent().messages).toEqual([question, choice.message, result])
  })

  it('passes on that a tool must be called, and one at a time', async () => {
    const tenant = await freshTenant()
    const other = { type: 'function', function: { name: 'get_tide', parameters: { type: 'object' } } }
    const content = 'Use get_weather and get_tide'
    const asked = { messages: [{ role: 'user', content }], tools: [weather, other] }
    const both = await complete(tenant, asked)
    expect(both.body.choices[0].message.tool_calls).toHaveLength(2)
    const single = await complete(tenant, { ...asked, parallel_tool_calls: false })
    expect(single.body.choices[0].message.tool_calls).toHaveLength(1)
    const named = { type: 'function', function: { name: 'get_tide' } }
    const forced = await complete(tenant, { ...asked, tool_choice: named })
    expect(forced.body.choices[0].message.tool_calls[0].function).toEqual({
      name: 'get_tide',
      arguments: '{}',
    })
    const none = await complete(tenant, { ...asked, tool_choice: 'none' })
    expect(none.body.choices[0].message.content).toContain('You said')
  })

  it('passes response_format on', async () => {
    const schema = { type: 'object', properties: { mood: { enum: ['calm'] } }, required: ['mood'] }
    const answer = await complete(await freshTenant(), {
      messages: [{ role: 'user', content: 'How is the sea?' }],
      response_format: { type: 'json_schema', json_schema: { name: 'sea', schema } },
    })
    expect(JSON.parse(answer.body.choices[0].message.content)).toEqual({ mood: 'calm' })
  })

  it.each([
    ['openai/gpt-4o', 'gpt-4o'],
    ['gpt-4o', 'gpt-4o'],
    ['someone/fine-tune', 'someone/fine-tune'],
  ])('asks the provider that %s names for %s', async (model, sent) => {
    expectStatus(
      await complete(await freshTenant(), { model, messages: [{ role: 'user', content: 'Hi' }] }),
      200,
    )
    expect(lastSent().model).toBe(sent)
  })
})

describe('what an answer counts', () => {
  it('one chat message, and its tokens and cost in the usage log', async () => {
    const tenant = await freshTenant()
    const answer = await complete(tenant, 'Hello there')
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(1)
    await background.drain()
    const log = await UsageLog.findOne({ clerkId: tenant.clerkId }).lean()
    const { prompt_tokens, completion_tokens, total_tokens } = answer.body.usage
    expect(log).toMatchObject({
      endpoint: '/api/v1/chat/completions',
      status: 200,
      metadata: {
        action: 'chat',
        provider: 'openai',
        model: 'gpt-4o-mini',
        promptTokens: prompt_tokens,
        completionTokens: completion_tokens,
        tokens_used: total_tokens,
        costUsd: expect.closeTo((prompt_tokens * 0.15 + completion_tokens * 0.6) / 1e6, 12),
      },
    })
  })

  it('counts tools and streams alike', async () => {
    const tenant = await freshTenant()
    const question = [{ role: 'user', content: 'Use get_weather' }]
    await complete(tenant, { messages: question, tools: [weather] })
    await complete(tenant, { messages: question, tools: [weather], stream: true })
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(2)
  })
})

describe('an Idempotency-Key', () => {
  it('gives a retry the first answer, without asking or counting again', async () => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': 'once' }
    const first = await complete(tenant, 'Hello', headers)
    const again = await complete(tenant, 'Hello', headers)
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(1)
  })
})
