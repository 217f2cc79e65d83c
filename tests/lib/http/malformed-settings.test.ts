import { afterEach, describe, expect, it, vi } from 'vitest'
import { origin } from '../../helpers/call.ts'

const malformed = { AI_TIMEOUT_MS: 'soon', TRUST_PROXY: 'yes' }

/** The route's file as a new process would load it. */
async function loaded(path: string) {
  vi.resetModules()
  return (await import(path)) as { GET(request: Request): Promise<Response> }
}

describe('a malformed environment', () => {
  afterEach(() => {
    for (const name of Object.keys(malformed)) delete process.env[name]
  })

  it.each([
    ['/api/health', '../../../api/health.ts'],
    ['/api/app/me', '../../../api/app/me.ts'],
  ])('is named by %s, not hidden in a bare 500', async (path, file) => {
    const { GET } = await loaded(file)
    Object.assign(process.env, malformed)
    const response = await GET(new Request(origin + path, { headers: { Origin: origin } }))
    const body = (await response.json()) as { code: string; detail: string }
    expect(response.status).toBe(503)
    expect(body.code).toBe('not_configured')
    for (const name of Object.keys(malformed)) expect(body.detail).toContain(name)
    expect(body.detail).not.toContain('soon')
    expect(response.headers.get('x-request-id')).toBeTruthy()
    expect(response.headers.get('server-timing')).toBeTruthy()
  })
})
