import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyVendorFiles } from '../../scripts/build.ts'
import { consolePage, writeConsolePage } from '../../scripts/console/page.ts'
import { loadRoutes } from '../../scripts/lib/routes.ts'
import { type RunningServer, serveRouter } from '../../scripts/server/serve.ts'
import { sourceRouter } from '../../scripts/server/source-router.ts'
import { call, origin } from '../helpers/call.ts'
import { fileForm, uploadAndWait } from '../helpers/files.ts'
import { root } from '../helpers/run-script.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'

const NONE = "'none'"

/** A policy as its rules by name. */
function policyOf(headers: Headers): Record<string, string> {
  const rules = (headers.get('content-security-policy') ?? '').split('; ')
  return Object.fromEntries(rules.map(rule => [rule.split(' ')[0], rule.split(/ (.*)/)[1] ?? '']))
}

let server: RunningServer
let tenant: Tenant
beforeAll(async () => {
  await Promise.all([copyVendorFiles(), writeConsolePage(undefined)])
  server = await serveRouter(await sourceRouter(root), 0, { '/console': consolePage(undefined) })
  tenant = await freshTenant({ plan: 'enterprise' })
})
afterAll(() => server.close())

function expectApiHeaders(headers: Headers): void {
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('strict-transport-security')).toBe('max-age=63072000')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(policyOf(headers)['default-src']).toBe(NONE)
  expect(policyOf(headers)['frame-ancestors'] ?? policyOf(headers).sandbox).toBeDefined()
  expect(headers.get('vary')).toContain('Origin')
}

describe('an answer of the API', () => {
  const answers = [
    ['to anybody', '/api/health', {}],
    ['that is a refusal', '/api/app/me', {}],
    ['to a path that is none', '/api/nowhere', {}],
    ['to a method that is none', '/api/health', { method: 'PUT' }],
    ['to a preflight', '/api/health', { method: 'OPTIONS' }],
    ['to a visitor', '/api/ai?action=models', {}],
  ] as const

  it.each(answers)('%s carries the headers that keep it safe in a browser', async (_what, path, init) => {
    const { headers } = await fetch(`${server.url}${path}`, init)
    expectApiHeaders(headers)
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('that is about a person is kept by no cache', async () => {
    const routes = await loadRoutes(join(root, 'api'))
    const contracts = routes.flatMap(({ methods }) => methods.flatMap(method => method.contracts))
    const lists = contracts.filter(
      ({ method, path, callers }) => method === 'GET' && callers.includes('user') && !path.includes('{'),
    )
    expect(lists.length).toBeGreaterThan(5)
    for (const { path } of lists) {
      const { headers } = await tenant.call('GET', path)
      expect(headers.get('cache-control'), path).toBe('no-store')
      expectApiHeaders(headers)
    }
  })

  it('that is streamed is kept by no cache either', async () => {
    const json = { message: 'Hello', stream: true }
    const { headers } = await tenant.call('POST', '/api/ai?action=chat', { json })
    expect(headers.get('content-type')).toContain('text/event-stream')
    expect(headers.get('cache-control')).toBe('no-store')
    expectApiHeaders(headers)
  })

  it('that is somebody’s file is a download, which only its owner’s browser keeps and asks again', async () => {
    const file = await uploadAndWait(tenant, fileForm('<script>alert(1)</script>', 'page.html'))
    const { headers } = await tenant.call('GET', `/api/files/${file.id}/content`)
    expectApiHeaders(headers)
    expect(headers.get('cache-control')).toBe('private, no-cache')
    expect(headers.get('content-disposition')).toMatch(/^attachment/)
    expect(policyOf(headers)).toEqual({ 'default-src': NONE, sandbox: '' })
  })
})

describe('a page', () => {
  const pages = ['/', '/docs', '/docs/', '/docs/problems', '/docs/plans', '/console', '/console/', '/nowhere']
  const files = [
    '/openapi.json',
    '/console/main.js',
    '/docs/reference.js',
    '/vendor/swagger-ui/swagger-ui.css',
  ]

  it.each([...pages, ...files])('%s carries the headers of vercel.json', async path => {
    const { headers } = await fetch(`${server.url}${path}`)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('strict-transport-security')).toBe('max-age=63072000')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('permissions-policy')).toBe(
      'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    )
    expect(policyOf(headers)['frame-ancestors']).toBe(NONE)
  })

  it.each(pages.filter(path => !path.startsWith('/console')))(
    '%s loads from its own origin alone',
    async path => {
      const { headers } = await fetch(`${server.url}${path}`)
      expect(policyOf(headers)).toMatchObject({
        'default-src': NONE,
        'script-src': "'self'",
        'connect-src': "'self'",
        'base-uri': NONE,
        'form-action': NONE,
      })
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*|https?:/)
    },
  )

  it('of the console brings its policy along, which names where people sign in', async () => {
    for (const path of ['/console', '/console/']) {
      const html = await (await fetch(`${server.url}${path}`)).text()
      expect(html).toMatch(
        /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'/,
      )
    }
  })
})

describe('a foreign origin', () => {
  const { host, port } = new URL(origin)
  const foreign = [
    'https://evil.example',
    'null',
    'file://',
    `${origin}.evil.com`,
    `${origin}@evil.com`,
    `${origin}/`,
    `${origin}/path`,
    `${origin},https://evil.example`,
    `${origin} https://evil.example`,
    `https://${host}`,
    `http://evil-${host}`,
    `http://evil.${host}`,
    `http://127.0.0.1:1${port}`,
    'http://127.0.0.1',
    `http://127.0.0.1.:${port}`,
    `http://localhost:${port}`,
    `HTTP://${host}`,
    '*',
  ]
  const granted = (headers: Headers) =>
    [...headers.keys()].filter(name => name.startsWith('access-control-allow-'))

  it.each(foreign)('%s is told nothing a browser would let a page read', async from => {
    const session = { ...tenant.session, Origin: from }
    expect(granted((await call('GET', '/api/app/me', { headers: session })).headers)).toEqual([])
    const refused = await call('GET', '/api/app/me', { headers: { Origin: from } })
    expect(granted(refused.headers)).toEqual([])
  })

  it.each(foreign)('%s may send nothing that is not simple', async from => {
    for (const method of ['POST', 'DELETE', 'GET']) {
      const headers = {
        Origin: from,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': 'authorization, content-type',
      }
      const { headers: told } = await call('OPTIONS', '/api/app/api-keys', { headers })
      expect(told.get('access-control-allow-origin')).toBeNull()
      expect(told.get('access-control-allow-credentials')).toBeNull()
    }
  })

  it.each(foreign)('%s cannot use the cookie of somebody who is signed in', async from => {
    const cookie = `__session=${tenant.session.Authorization?.replace('Bearer ', '')}`
    const keys = async () => (await tenant.call('GET', '/api/app/api-keys')).body.data
    const before = await keys()
    const headers = { Cookie: cookie, Origin: from, 'Content-Type': 'text/plain' }
    const answer = await call('POST', '/api/app/api-keys', { headers, body: '{}' })
    expect(answer.status).toBe(401)
    expect(before).toEqual([])
    expect(await keys()).toEqual([])
  })

  it('that is none, but the allowed one, is told all of it', async () => {
    const { headers, status } = await call('GET', '/api/app/me', {
      headers: { ...tenant.session, Origin: origin },
    })
    expect(status).toBe(200)
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
  })
})
