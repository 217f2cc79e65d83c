import { listen } from '../../../scripts/local/http.ts'

export type EchoServer = Awaited<ReturnType<typeof startEcho>>

/**
 * A provider that tells everybody what it was sent: its answers repeat the headers, the address and the body of
 * the request, in every field where an error of one of the services has its words.
 */
export async function startEcho() {
  let status = 500
  let accessToken: string | null = null
  const server = await listen(async request => {
    const { pathname } = new URL(request.url)
    const heard = await heardIn(request)
    if (pathname === '/token' && accessToken !== null)
      return Response.json({ access_token: accessToken, expires_in: 3600, token_type: 'Bearer' })
    const error = { message: `Bad credential: ${heard}`, type: 'auth', code: heard, param: 'model' }
    const body = {
      error,
      error_description: heard,
      detail: [{ loc: ['body', 'token'], msg: heard, type: heard }],
      errors: [{ code: 'auth', message: heard, long_message: heard }],
      'error-codes': [heard],
    }
    return Response.json(body, {
      status,
      statusText: 'Refused',
      // So that the SDKs' own retries don't slow the tests down.
      headers: { 'x-should-retry': 'false', 'x-echo': heard.replace(/[^\x20-\x7e]/g, ' ').slice(0, 4000) },
    })
  })
  return {
    url: server.url,
    close: server.close,
    answerWith(next: number) {
      status = next
    },
    /** From now on the token endpoint gives out this token. */
    giveToken(token: string) {
      accessToken = token
    },
  }
}

async function heardIn(request: Request): Promise<string> {
  const body = (await request.text()).slice(0, 4000)
  return [request.url, ...[...request.headers].map(([, value]) => value), body].join(' ')
}

/** A provider in front of another: takes one key, sends on with the other's own. */
export async function startKeySwap(target: string, taken: string, sent: string) {
  const { origin, pathname } = new URL(target)
  const server = await listen(async request => {
    if (request.headers.get('authorization') !== `Bearer ${taken}`)
      return Response.json({ error: { message: 'wrong key' } }, { status: 401 })
    const { pathname: asked, search } = new URL(request.url)
    const headers = new Headers(request.headers)
    headers.set('authorization', `Bearer ${sent}`)
    headers.delete('host')
    headers.delete('content-length')
    const body = await request.arrayBuffer()
    return fetch(`${origin}${asked}${search}`, {
      method: request.method,
      headers,
      ...(body.byteLength > 0 && { body }),
    })
  })
  return { url: `${server.url}${pathname}`, close: server.close }
}
