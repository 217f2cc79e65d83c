import { setTimeout as sleep } from 'node:timers/promises'
import { waiting } from './terminal.ts'

/** A JSON body whose shape the story checks as it goes. */
export type Json = ReturnType<typeof JSON.parse>
export type Answer = { status: number; body: Json }

export type Send = (
  method: string,
  path: string,
  options?: RequestInit & { json?: unknown },
) => Promise<Answer>

/** A client of one server that presents one credential. */
export function clientOf(url: string, token?: string): Send {
  return async (method, path, { json, headers, ...rest } = {}) => {
    const body = json === undefined ? rest.body : JSON.stringify(json)
    const response = await fetch(url + path, {
      ...rest,
      method,
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(json !== undefined && { 'Content-Type': 'application/json' }),
        ...(headers as Record<string, string>),
      },
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, body: isJson ? JSON.parse(text) : text }
  }
}

/** @throws Error that tells what was expected of an answer and what came. */
export function expectStatus(answer: Answer, status: number, what: string): Json {
  if (answer.status === status) return answer.body
  throw new Error(`${what}: expected status ${status}, got ${answer.status} ${JSON.stringify(answer.body)}`)
}

/** @throws Error naming the promise that was not kept. */
export function expectThat(isTrue: boolean, promise: string): void {
  if (!isTrue) throw new Error(`Not as promised: ${promise}`)
}

/** Asks again until an answer is as wanted, seldom enough for the rate limit. @throws Error after 15 s. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  isDone: (value: T) => boolean,
): Promise<T> {
  const stopWaiting = waiting(what)
  try {
    for (const deadline = Date.now() + 15_000; Date.now() < deadline; await sleep(500)) {
      const value = await ask()
      if (isDone(value)) return value
    }
    throw new Error(`${what}: still not so after 15 seconds`)
  } finally {
    stopWaiting()
  }
}
