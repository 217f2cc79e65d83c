import { getToken } from './session.js'

const listeners = new Set()

/** A request that failed; `code` is that of the problem document, or `network` when there was no answer. */
export class Problem extends Error {
  constructor({ code, detail = '', ...facts }) {
    super(detail || code)
    this.name = 'Problem'
    this.code = code
    this.detail = detail
    /** What else the document says, such as `limit`, `resetsAt`, `upgradeUrl`, `requestId`, `retryAfter`. */
    this.facts = facts
  }
}

/** Asks the API and gives its JSON. @throws Problem */
export async function ask(method, path, options = {}) {
  return (await send(method, path, options)).json()
}

/**
 * Sends a request as the signed-in person. A token that ran out on the way is replaced once.
 * @param {{ json?: unknown, headers?: Record<string, string>, signal?: AbortSignal }} options
 * @returns {Promise<Response>} a good one
 * @throws Problem; AbortError when `signal` says so
 */
export async function send(method, path, options = {}) {
  const response = await attempt(method, path, options)
  if (response.status !== 401) return orThrow(response)
  return orThrow(await attempt(method, path, { ...options, isFresh: true }))
}

/** Calls back with the problem whenever the account turns out to be suspended or deleted. */
export function onInactive(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The token for a request that is not made by `send`. @throws Problem */
export async function authorization(isFresh = false) {
  const token = await getToken({ isFresh }).catch(() => {
    throw new Problem({ code: 'network', detail: 'The sign-in service cannot be reached.' })
  })
  if (token === null) throw new Problem({ code: 'unauthenticated' })
  return `Bearer ${token}`
}

/** What a failed answer says. */
export function problemOf({ status, text, retryAfter }) {
  try {
    const document = JSON.parse(text)
    if (typeof document.code === 'string') return new Problem({ ...document, retryAfter })
  } catch {
    // Not ours: of the platform or a proxy.
  }
  const code = status === 413 ? 'body_too_large' : 'internal'
  return new Problem({ code, detail: `The server answered ${status}.`, retryAfter })
}

async function attempt(method, path, { json, headers: given, signal, isFresh }) {
  const headers = { ...given, Authorization: await authorization(isFresh) }
  if (json !== undefined) headers['Content-Type'] = 'application/json'
  const body = json === undefined ? undefined : JSON.stringify(json)
  try {
    return await fetch(path, { method, headers, body, signal })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Problem({ code: 'network' })
  }
}

async function orThrow(response) {
  if (response.ok) return response
  const retryAfter = response.headers.get('Retry-After')
  const problem = problemOf({ status: response.status, text: await response.text(), retryAfter })
  if (problem.code === 'account_inactive') for (const listener of listeners) listener(problem)
  throw problem
}
