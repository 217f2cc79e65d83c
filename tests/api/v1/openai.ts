import { expect } from 'vitest'
import { type Answer, call, expectStatus } from '../../helpers/call.ts'
import type { Headers, Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'

export const COMPLETIONS = '/api/v1/chat/completions'
export const EMBEDDINGS = '/api/v1/embeddings'
export const MODELS = '/api/v1/models'

export { expectOpenAIError as expectError } from '../../helpers/openai-error.ts'

/** Anything that reads as a completion or one of its chunks: asserting its shape is the test's work. */
export type Wire = ReturnType<typeof JSON.parse>

type Caller = Pick<Tenant, 'call'>

/** Asks for a completion, by default of one message. */
export function complete(caller: Caller, json: object | string, headers: Headers = {}): Promise<Answer> {
  return caller.call('POST', COMPLETIONS, { json: bodyOf(json), headers })
}

export function bodyOf(asked: object | string): object {
  const body = typeof asked === 'string' ? { messages: [{ role: 'user', content: asked }] } : asked
  return { model: 'gpt-4o-mini', ...body }
}

/** Calls with these headers and nothing else. */
export function presenting(headers: Headers): Caller {
  return {
    call: (method, path, options = {}) =>
      call(method, path, { ...options, headers: { ...headers, ...options.headers } }),
  }
}

/** The chunks of a stream that ended as it should. */
export function chunksOf(answer: Answer): Wire[] {
  expectStatus(answer, 200)
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const events = eventsOf(answer)
  expect(events.at(-1)).toBe('[DONE]')
  return events.slice(0, -1).map(data => JSON.parse(data))
}

/** The data of each event of a stream. */
export function eventsOf({ body }: Answer): string[] {
  const blocks = String(body)
    .split('\n\n')
    .filter(block => block !== '' && !block.startsWith(':'))
  for (const block of blocks) expect(block).toMatch(/^data: [^\n]+$/)
  return blocks.map(block => block.slice('data: '.length))
}

/** What the chunks of a stream say. */
export function textOf(chunks: Wire[]): string {
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
}

/** What reached the provider last under a path of its API. */
export function lastSent(path = '/v1/chat/completions'): Wire {
  return services.openai.requests().findLast(request => request.path === path)?.body
}
