import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll } from 'vitest'
import type { Provider } from '../../../lib/ai/providers.ts'

export type Asked = { path: string; headers: IncomingHttpHeaders; body: Record<string, unknown> }

const open: (() => Promise<void>)[] = []
afterAll(async () => {
  await Promise.all(open.splice(0).map(close => close()))
})

/** A provider that answers as it is told to, until this file's tests end. */
export async function startUpstream(answer: (response: ServerResponse, asked: Asked) => void) {
  const requests: Asked[] = []
  const server = createServer(async (request, response) => {
    const sent = await text(request)
    const asked = { path: request.url ?? '', headers: request.headers, body: readBody(sent) }
    requests.push(asked)
    answer(response, asked)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: Provider = {
    name: 'openai',
    baseUrl: `${url}/v1`,
    apiKey: 'sk-upstream',
    chatModel: 'gpt-4o-mini',
    embeddingModel: 'text-embedding-3-small',
  }
  return { url, provider, requests, dropConnections: () => server.closeAllConnections() }
}

function readBody(sent: string): Record<string, unknown> {
  try {
    return JSON.parse(sent)
  } catch {
    return Object.fromEntries(new URLSearchParams(sent))
  }
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '5' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** An answer in one piece. */
export function sendAnswer(response: ServerResponse, content: string): void {
  sendJson(response, {
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  })
}

/** Writes one server-sent event. */
export function sendEvent(response: ServerResponse, data: unknown): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
}

/** A piece of a streamed answer. */
export const piece = (content: string) => ({ choices: [{ index: 0, delta: { content } }] })
export const ending = (finish_reason = 'stop') => ({ choices: [{ index: 0, delta: {}, finish_reason }] })
export const usage = {
  choices: [],
  usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
}
