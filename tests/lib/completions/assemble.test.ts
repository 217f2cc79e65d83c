import type { OpenAI } from 'openai'
import { describe, expect, it } from 'vitest'
import { createAssembler } from '../../../lib/completions/internal/assemble.ts'
import { createChunkUnmasker } from '../../../lib/completions/internal/masking.ts'
import { createMasker } from '../../../lib/pii/mask.ts'

type Chunk = OpenAI.ChatCompletionChunk

const head = { id: 'c1', object: 'chat.completion.chunk' as const, created: 5, model: 'm' }

function chunk(delta: object, rest: object = {}): Chunk {
  return { ...head, choices: [{ index: 0, delta, finish_reason: null, ...rest }] } as unknown as Chunk
}

function assembled(chunks: Chunk[]): OpenAI.ChatCompletion {
  const assembler = createAssembler()
  for (const one of chunks) assembler.add(one)
  return assembler.whole()
}

const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }

describe('what chunks add up to', () => {
  it('is a completion with its text, usage and what else was told', () => {
    const chunks = [
      chunk({ role: 'assistant', content: '', refusal: null }, { logprobs: null }),
      chunk({ content: 'Good' }),
      { ...chunk({ content: ' day' }), system_fingerprint: 'fp' },
      chunk({}, { finish_reason: 'stop' }),
      { ...head, choices: [], usage },
    ]
    expect(assembled(chunks)).toEqual({
      id: 'c1',
      object: 'chat.completion',
      created: 5,
      model: 'm',
      system_fingerprint: 'fp',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Good day', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage,
    })
  })

  it('keeps several calls of tools apart, whatever their order, without their indexes', () => {
    const call = (index: number, rest: object) => chunk({ tool_calls: [{ index, ...rest }] })
    const { choices } = assembled([
      chunk({ role: 'assistant', content: null }),
      call(0, { id: 'a', type: 'function', function: { name: 'one', arguments: '' } }),
      call(1, { id: 'b', type: 'function', function: { name: 'two', arguments: '{' } }),
      call(0, { function: { arguments: '{"x"' } }),
      call(1, { function: { arguments: '}' } }),
      call(0, { function: { arguments: ':1}' } }),
      chunk({}, { finish_reason: 'tool_calls' }),
    ])
    expect(choices[0]?.message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'one', arguments: '{"x":1}' } },
        { id: 'b', type: 'function', function: { name: 'two', arguments: '{}' } },
      ],
    })
  })

  it('is not doubled by a provider that repeats role, id and name, and keeps what only it tells', () => {
    const call = (piece: string) => ({
      index: 0,
      id: 'a',
      type: 'function',
      function: { name: 'one', arguments: piece },
    })
    const { choices } = assembled([
      chunk({ role: 'assistant', reasoning_content: 'Hm' }),
      chunk({ role: 'assistant', reasoning_content: 'm.', tool_calls: [call('{')] }),
      chunk({ role: 'assistant', tool_calls: [call('}')] }, { finish_reason: 'tool_calls' }),
    ])
    expect(choices[0]?.message).toMatchObject({
      role: 'assistant',
      reasoning_content: 'Hmm.',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'one', arguments: '{}' } }],
    })
  })

  it('joins log probabilities', () => {
    const logged = (token: string) => ({ logprobs: { content: [{ token, logprob: -1 }], refusal: null } })
    const { choices } = assembled([
      chunk({ content: 'a' }, logged('a')),
      chunk({ content: 'b' }, { ...logged('b'), finish_reason: 'stop' }),
    ])
    expect(choices[0]?.logprobs?.content?.map(({ token }) => token)).toEqual(['a', 'b'])
  })
})

describe('what a provider does oddly', () => {
  it('a finish_reason told twice is told once', () => {
    const { choices } = assembled([
      chunk({ content: 'a' }, { finish_reason: 'stop' }),
      chunk({}, { finish_reason: 'stop' }),
    ])
    expect(choices[0]?.finish_reason).toBe('stop')
  })

  it('names of objects’ own making are no way to every object', () => {
    const nasty = JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}')
    assembled([chunk({ content: 'a' }), chunk(nasty), chunk(nasty)])
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  it('what was told does not change when more of it comes', () => {
    const first = chunk({ content: 'a', tool_calls: [{ index: 0, function: { arguments: '{' } }] })
    const told = structuredClone(first)
    const one = { index: 0, function: { arguments: '}' } }
    assembled([first, chunk({ tool_calls: [one, { ...one, index: 1 }] })])
    expect(first).toEqual(told)
  })

  it('sixteen thousand pieces take no time to speak of', () => {
    const logprobs = { content: [{ token: 'a', logprob: -1 }], refusal: null }
    const chunks = Array.from({ length: 16_000 }, () => chunk({ content: 'a' }, { logprobs }))
    const start = performance.now()
    const { choices } = assembled(chunks)
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(choices[0]?.logprobs?.content).toHaveLength(16_000)
  })
})

describe('unmasking chunks', () => {
  it('finds placeholders across chunks, in each text by itself, and holds nothing back at the end', async () => {
    const masker = createMasker()
    expect(await masker.mask('a@example.org')).toBe('[EMAIL_1]')
    const unmask = createChunkUnmasker(masker)
    const call = (index: number, piece: string) => ({ index, function: { arguments: piece } })
    const chunks = [
      chunk({ content: 'To [EM', tool_calls: [call(0, '{"to":"[EMA'), call(1, '["[EMAIL')] }),
      chunk({ content: 'AIL_1', tool_calls: [call(1, '_1]"]')] }),
      chunk({ content: '] and [EMAIL', tool_calls: [call(0, 'IL_1]"}')] }),
      chunk({ content: '_' }),
      chunk({}, { finish_reason: 'stop' }),
    ].map(unmask)
    const { choices } = assembled(chunks)
    expect(choices[0]?.message.content).toBe('To a@example.org and [EMAIL_')
    const calls = choices[0]?.message.tool_calls as OpenAI.ChatCompletionMessageFunctionToolCall[]
    expect(calls.map(({ function: { arguments: given } }) => given)).toEqual([
      '{"to":"a@example.org"}',
      '["a@example.org"]',
    ])
    expect(JSON.stringify(chunks.slice(0, 2))).not.toContain('EMA')
  })
})
