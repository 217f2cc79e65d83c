import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from './serve.ts'

/**
 * A chat provider that only answers, with eight words for a question. As a stream they come in chunks as the model's
 * name says: of `paced-20-5` twenty, one per 5 ms, of `paced-100-0` a hundred without a pause.
 */
type Asked = { model: string; stream?: boolean }

const WORDS = 'all that is known of it is here'
const PACE = /^paced-(\d+)-(\d+)$/

await serve(async (request, response) => {
  const asked = JSON.parse(await read(request)) as Asked
  const chatcmpl = { id: 'chatcmpl-bench', created: 1_700_000_000, model: asked.model }
  const usage = { prompt_tokens: 20, completion_tokens: 8, total_tokens: 28 }
  if (asked.stream) return tell(response, asked, chatcmpl, usage)
  const message = { role: 'assistant', content: WORDS, refusal: null }
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }]
  const body = JSON.stringify({ ...chatcmpl, object: 'chat.completion', choices, usage })
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
})

async function tell(response: ServerResponse, { model }: Asked, chatcmpl: object, usage: object) {
  const [, count, gapMs] = PACE.exec(model) ?? ['', '20', '0']
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  const send = (choices: object[], more = {}) => {
    const chunk = { ...chatcmpl, object: 'chat.completion.chunk', choices, ...more }
    response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  const begun = performance.now()
  for (let piece = 0; piece < Number(count); piece++) {
    const early = begun + piece * Number(gapMs) - performance.now()
    if (early > 0) await sleep(early)
    send([{ index: 0, delta: { content: `word${piece} ` }, finish_reason: null }])
  }
  send([{ index: 0, delta: {}, finish_reason: 'stop' }])
  send([], { usage })
  response.end('data: [DONE]\n\n')
}

async function read(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8')
  let text = ''
  for await (const piece of request) text += piece
  return text
}
