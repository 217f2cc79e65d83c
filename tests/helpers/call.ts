import { join } from 'node:path'
import { expect } from 'vitest'
import { sourceRouter } from '../../scripts/server/source-router.ts'

export const origin = 'http://127.0.0.1:3000'

const router = await sourceRouter(join(import.meta.dirname, '..', '..'))

export type Answer = {
  status: number
  headers: Headers
  /** The JSON body, unchecked (asserting its shape is the test's work), or the text of any other. */
  body: ReturnType<typeof JSON.parse>
}

export type CallOptions = {
  headers?: Record<string, string>
  json?: unknown
  body?: RequestInit['body']
  ip?: string
}

/** Sends a request through the router to the handler, in this process. */
export async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { headers = {}, json, ip = '127.0.0.1' } = options
  const body = json === undefined ? options.body : JSON.stringify(json)
  const sent = { ...(json !== undefined && { 'Content-Type': 'application/json' }), ...headers }
  const init = { method, headers: sent, ...(body !== undefined && { body, duplex: 'half' }) }
  const url = new URL(path, origin)
  const target = await router.resolve(url)
  const handler = (await target?.load())?.[method]
  if (!target || !handler) throw new Error(`no handler for ${method} ${path}`)
  const request = Object.defineProperty(new Request(target.url, init as RequestInit), 'ip', { value: ip })
  return read(await handler(request))
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text ? JSON.parse(text) : text,
  }
}

/** Asserts a status; a failure shows the whole answer. */
export function expectStatus(answer: Answer, status: number): void {
  const shown = JSON.stringify(answer.body, null, 2)
  expect(answer.status, `answered ${answer.status}: ${shown}`).toBe(status)
}

/** Asserts a problem response of that code, whole and well formed. */
export function expectProblem(answer: Answer, status: number, code: string): void {
  expectStatus(answer, status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.body).toMatchObject({ status, code, title: expect.any(String), detail: expect.any(String) })
  expect(answer.body.type).toBe(`${origin}/docs/problems#${code}`)
  expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'))
}
