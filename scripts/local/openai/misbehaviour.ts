import { setTimeout as sleep } from 'node:timers/promises'
import { openAIError } from './errors.ts'

const MIB = 1024 * 1024
const TEN_MEGABYTES = '€'.repeat(Math.floor((10 * MIB) / 3))
const EVENTS = { 'content-type': 'text/event-stream' }
const JSON_TYPE = { 'content-type': 'application/json' }
const PAGE = '<!DOCTYPE html><html><body><h1>Bad gateway</h1><p>sk-upstream-secret</p></body></html>'
/** Longer than a test waits; a stream that ends earlier is cancelled. */
const FOR_EVER_MS = 60_000

/** What tells a client how long to wait is short, so that the SDK's own retries don't slow the tests down. */
const soon = { 'retry-after-ms': '10' }

/** Ways in which a provider fails, by name. What such an answer says is "One two three". */
export const MISBEHAVIOURS = {
  limited: () => withHeaders(refusal(429), soon),
  'limited for a second': () => withHeaders(refusal(429), { 'retry-after': '1' }),
  'limited for long': () => withHeaders(refusal(429), { 'retry-after': '30' }),
  broken: () => withHeaders(refusal(500), soon),
  'a page of a gateway': () => page(502),
  'a page as an answer': () => page(200),
  'a page of refusal': () => page(400),
  'a page of absence': () => page(404),
  silent: () => sleep(FOR_EVER_MS, undefined, { ref: false }).then(() => refusal(503)),
  'silent behind its headers': () => stream(EVENTS, []),
  'silent behind headers of JSON': () => stream(JSON_TYPE, []),
  'no JSON': () => new Response('{"choices": [{"message": oops', { headers: JSON_TYPE }),
  nothing: () => new Response('', { headers: JSON_TYPE }),
  'half a JSON': () => broken(JSON_TYPE, [JSON.stringify(completion('One two three')).slice(0, 40)]),
  'another type': () =>
    new Response(JSON.stringify(completion('One two three')), { headers: { 'content-type': 'text/plain' } }),
  'no choices': () => Response.json({ ...completion(''), choices: [] }),
  'choices that are none': () => Response.json({ ...completion(''), choices: 'One' }),
  'no text': () => Response.json(completion(null)),
  'a text that is none': () => Response.json(completion([{ type: 'text', text: 'One' }])),
  'a number for a text': () => Response.json(completion(7)),
  'no usage': () => Response.json({ ...completion('One two three'), usage: undefined }),
  'usage that is none': () =>
    Response.json({
      ...completion('One two three'),
      usage: { prompt_tokens: null, completion_tokens: '7', total_tokens: -1 },
    }),
  'tool calls': () => Response.json(completion(null, 'tool_calls', { tool_calls: [CALL] })),
  'ten megabytes': () => Response.json(completion(TEN_MEGABYTES)),

  'a stream cut in a frame': () => broken(EVENTS, [...pieces(), 'data: {"choices":[{"delta":{"con']),
  'a stream that is reset': () => broken(EVENTS, pieces()),
  'a stream without an end': () => stream(EVENTS, pieces(), 'closed'),
  'a stream without [DONE]': () => stream(EVENTS, [...pieces(), ending()], 'closed'),
  'a stream that falls silent': () => stream(EVENTS, pieces()),
  'a stream that tells an error': () =>
    stream(EVENTS, [...pieces(), event({ error: { message: 'sk-upstream-secret' } })], 'closed'),
  'a stream with nonsense': () => stream(EVENTS, [...pieces(), `data: ${PAGE}\n\n`], 'closed'),
  'a stream of comments': () => stream(EVENTS, [...pieces(), ...Array(100).fill(': here\n\n')]),
  'a stream as JSON': () => stream(JSON_TYPE, [...pieces(), ending(), 'data: [DONE]\n\n'], 'closed'),
  'a stream of no text': () => stream(EVENTS, [event(piece([{ type: 'text' }])), ending()], 'closed'),
  'a stream of tool calls': () => stream(EVENTS, toolCalls(), 'closed'),
  'a stream without choices': () => stream(EVENTS, [event({ choices: [] }), 'data: [DONE]\n\n'], 'closed'),
  'ten megabytes in small pieces': () => stream(EVENTS, repeated(event(piece('€'.repeat(20))), 10 * MIB)),
  'ten megabytes in one piece': () => stream(EVENTS, [event(piece(TEN_MEGABYTES)), ending()], 'closed'),
  'a line without an end': () =>
    stream(EVENTS, [...pieces(), ...repeated('x'.repeat(64 * 1024), 10 * MIB)], 'closed'),

  'vectors of another length': () => Response.json(embeddings([[0.1, 0.2, 0.3]])),
  'vectors of nothing': () => Response.json(embeddings([[]])),
  'vectors of null': () => Response.json(embeddings([Array(1536).fill(null)])),
  'vectors beyond numbers': () =>
    new Response(JSON.stringify(embeddings([[1]])).replace('[1]', `[${Array(1536).fill('1e999')}]`), {
      headers: JSON_TYPE,
    }),
  'vectors of NaN in base64': () => Response.json(embeddings([base64(Array(1536).fill(Number.NaN))])),
  'too few vectors': () => Response.json(embeddings([])),
  'too many vectors': () => Response.json(embeddings([Array(1536).fill(0.1), Array(1536).fill(0.1)])),
  'vectors that are none': () => Response.json({ ...embeddings([]), data: { 0: 'x' } }),
} as const satisfies Record<string, () => Response | Promise<Response>>

export type Misbehaviour = keyof typeof MISBEHAVIOURS

const CALL = {
  index: 0,
  id: 'call_1',
  type: 'function',
  function: { name: 'rm', arguments: '{"path":"/"}' },
}

function completion(content: unknown, finish_reason = 'stop', more: object = {}) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content, ...more }, finish_reason }],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  }
}

function embeddings(vectors: (unknown[] | string)[]) {
  const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }))
  return { object: 'list', model: 'e', data, usage: { prompt_tokens: 3, total_tokens: 3 } }
}

function base64(numbers: number[]): string {
  return Buffer.from(Float32Array.from(numbers).buffer).toString('base64')
}

const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`
const piece = (content: unknown) => ({ choices: [{ index: 0, delta: { content } }] })
const pieces = () => ['One', ' two', ' three'].map(content => event(piece(content)))
const ending = (finish_reason = 'stop') => event({ choices: [{ index: 0, delta: {}, finish_reason }] })
const toolCalls = () => [
  event({ choices: [{ index: 0, delta: { role: 'assistant', content: null, tool_calls: [CALL] } }] }),
  ending('tool_calls'),
  'data: [DONE]\n\n',
]

function* repeated(text: string, bytes: number): Generator<string> {
  for (let sent = 0; sent < bytes; sent += Buffer.byteLength(text)) yield text
}

/** A body in pieces, as fast as they are read; afterwards it is silent unless it ends. */
function stream(
  headers: Record<string, string>,
  texts: Iterable<string>,
  end: 'silent' | 'closed' | 'broken' = 'silent',
): Response {
  const encoder = new TextEncoder()
  const left = texts[Symbol.iterator]()
  const cancelled = new AbortController()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = left.next()
      if (!done) return controller.enqueue(encoder.encode(value))
      if (end === 'closed') return controller.close()
      if (end === 'silent')
        await sleep(FOR_EVER_MS, undefined, { signal: cancelled.signal }).catch(() => undefined)
      // What was told before has left by then.
      else await sleep(50)
      if (!cancelled.signal.aborted) controller.error(new Error('the stream breaks here'))
    },
    cancel: () => cancelled.abort(),
  })
  return new Response(body, { headers })
}

const broken = (headers: Record<string, string>, texts: string[]) => stream(headers, texts, 'broken')

function refusal(status: number): Response {
  return openAIError(status, 'sk-upstream-secret is out of luck', { type: 'server_error' })
}

function page(status: number): Response {
  return new Response(PAGE, { status, headers: { 'content-type': 'text/html', ...soon } })
}

function withHeaders(response: Response, headers: Record<string, string>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  return response
}
