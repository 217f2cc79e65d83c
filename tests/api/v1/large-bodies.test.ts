import { describe, expect, it } from 'vitest'
import { createCompletionContract, createEmbeddingsContract } from '../../../lib/completions/contracts.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { COMPLETIONS, EMBEDDINGS, expectError } from './openai.ts'

const user = { role: 'user', content: 'Hi' }
const zeros = (count: number) => Array(count).fill(0)
const many = (count: number, one: object) => Array(count).fill(one)

/** Each fits into 4 MiB; a note on each of its wrong items would take seconds and gigabytes. */
const chats: [string, string, object][] = [
  ['messages that are none', 'messages', { messages: zeros(2_000_000) }],
  ['more messages than there may be', 'messages', { messages: many(2_049, user) }],
  ['parts that are none', 'messages[0].content', { messages: [{ role: 'user', content: zeros(2_000_000) }] }],
  [
    'parts that are none in each of many messages',
    'messages[0].content',
    { messages: many(2_000, { role: 'user', content: zeros(900) }) },
  ],
  [
    'calls of tools that are none',
    'messages[0].tool_calls',
    { messages: many(2_000, { role: 'assistant', tool_calls: zeros(900) }) },
  ],
]
const texts: [string, string, object][] = [
  ['inputs', 'input', { input: zeros(1_000_000).map(String) }],
  ['tokens', 'input', { input: zeros(2_000_000) }],
  [
    'lists of tokens',
    'input[0]',
    {
      input: many(
        2_000,
        zeros(600).map(() => ''),
      ),
    },
  ],
  ['lists of many tokens', 'input[0]', { input: many(200, zeros(8_193)) }],
]
const MAX_MS = 500

describe('a body that is wrong in a million places', () => {
  it.each(chats)('is refused at once: %s', async (_kind, param, asked) => {
    const json = { model: 'gpt-4o-mini', ...asked }
    expectError(await (await freshTenant()).call('POST', COMPLETIONS, { json }), 400, { param })
    expect(quickest(() => createCompletionContract.body.safeParse(json))).toBeLessThan(MAX_MS)
  })

  it.each(texts)('is refused at once: %s', async (_kind, param, asked) => {
    const json = { model: 'text-embedding-3-small', ...asked }
    expectError(await (await freshTenant()).call('POST', EMBEDDINGS, { json }), 400, { param })
    expect(quickest(() => createEmbeddingsContract.body.safeParse(json))).toBeLessThan(MAX_MS)
  })
})

it('an answer of three million numbers is checked in passing', () => {
  const embedding = zeros(1_536).map(() => 0.123)
  const data = Array.from({ length: 2_048 }, (_, index) => ({ object: 'embedding', index, embedding }))
  const answer = { object: 'list', data, model: 'm', usage: { prompt_tokens: 1, total_tokens: 1 } }
  const check = () => expect(createEmbeddingsContract.responses[200].safeParse(answer).success).toBe(true)
  expect(quickest(check)).toBeLessThan(100)
})

/** The shortest of three: what else the machine does is not measured. */
function quickest(work: () => unknown): number {
  const spans = [1, 2, 3].map(() => {
    const start = performance.now()
    work()
    return performance.now() - start
  })
  return Math.min(...spans)
}
