import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { waitUntil } from '@vercel/functions'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FunctionModule, Router } from '../../../scripts/server/router.ts'
import { type RunningServer, serveRouter } from '../../../scripts/server/serve.ts'

let folder: string
let server: RunningServer

const echo: FunctionModule = {
  async POST(request) {
    const { ip } = request as Request & { ip?: string }
    const { pathname, search } = new URL(request.url)
    return Response.json({
      ip,
      pathname,
      search,
      method: request.method,
      header: request.headers.get('x-probe'),
      body: await request.text(),
    })
  },
  GET: async () => new Response('from a function'),
}

function routerOf(functions: Record<string, () => Promise<FunctionModule>>): Router {
  return {
    staticDir: join(folder, 'public'),
    async resolve(url) {
      const load = functions[url.pathname]
      if (!load) return null
      const seen = new URL(url)
      if (url.pathname.startsWith('/api/things/')) seen.searchParams.set('id', url.pathname.slice(12))
      return { url: seen, load }
    },
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serve-'))
  await mkdir(join(folder, 'public', 'docs'), { recursive: true })
  await mkdir(join(folder, 'public', '.git'))
  const files = {
    'package.json': 'SECRET',
    '.env': 'SECRET',
    'public/index.html': 'home',
    'public/docs/index.html': 'docs',
    'public/plain.txt': 'plain',
    'public/.env': 'SECRET',
    'public/.git/config': 'SECRET',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  await symlink(join(folder, 'package.json'), join(folder, 'public', 'link.json'))
  server = await serveRouter(
    routerOf({
      '/api/echo': async () => echo,
      '/api/things/7': async () => echo,
      '/plain.txt/api': async () => echo,
      '/api/broken': async () => Promise.reject(new Error('Cannot find module nowhere.ts')),
    }),
    0,
  )
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

/** Sends a request line as it stands, which no URL parser has tidied, and gives the whole answer. */
async function rawly(target: string, method = 'GET', { url } = server): Promise<string> {
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`${method} ${target} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`)
  return text(socket)
}

describe('static files', () => {
  it.each([
    ['/', 'home'],
    ['/docs', 'docs'],
    ['/docs/', 'docs'],
    ['/plain.txt', 'plain'],
  ])('are served from public/: %s', async (path, content) => {
    const answer = await fetch(`${server.url}${path}`)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe(content)
  })

  it.each([
    '/package.json',
    '/.env',
    '/.git/config',
    '/docs/../../package.json',
    '/../package.json',
    '/..%2fpackage.json',
    '/..%2Fpackage.json',
    '/%2e%2e/package.json',
    '/%2e%2e%2fpackage.json',
    '/%252e%252e%252fpackage.json',
    '/..\\package.json',
    '/..%5cpackage.json',
    '//package.json',
    '/docs/..%2f..%2fpackage.json',
    '/./../package.json',
    '/%00/../package.json',
    '/package.json%00.txt',
    '/link.json',
    '/..;/package.json',
    '/public/../../package.json',
    'http://127.0.0.1/../package.json',
    '/%c0%ae%c0%ae/package.json',
    '/%',
    '*',
  ])('are all that is served: %s', async target => {
    const answer = await rawly(target)
    expect(answer).toMatch(/^HTTP\/1\.1 (400|404) /)
    expect(answer).not.toContain('SECRET')
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('are not what %s asks for', async method => {
    expect(await rawly('/plain.txt', method)).toMatch(/^HTTP\/1\.1 404 /)
  })

  it('yield nothing of a folder', async () => {
    await rm(join(folder, 'public', 'empty'), { recursive: true, force: true })
    await mkdir(join(folder, 'public', 'empty'))
    expect(await rawly('/empty')).toMatch(/^HTTP\/1\.1 404 /)
    expect(await rawly('/empty/')).toMatch(/^HTTP\/1\.1 404 /)
  })
})

describe('a function', () => {
  it('gets the request as it came, with the address of its sender', async () => {
    const answer = await fetch(`${server.url}/api/echo?a=1`, {
      method: 'POST',
      headers: { 'X-Probe': 'yes', 'X-Forwarded-For': '198.51.100.1' },
      body: 'é',
    })
    expect(await answer.json()).toEqual({
      ip: '127.0.0.1',
      pathname: '/api/echo',
      search: '?a=1',
      method: 'POST',
      header: 'yes',
      body: 'é',
    })
  })

  it('of a dynamic route gets the same beside its parameter', async () => {
    const send = (body: string | null) =>
      fetch(`${server.url}/api/things/7`, { method: 'POST', headers: { 'X-Probe': 'yes' }, body })
    const expected = { ip: '127.0.0.1', pathname: '/api/things/7', search: '?id=7', header: 'yes' }
    expect(await (await send('x'.repeat(300_000))).json()).toMatchObject({
      ...expected,
      body: 'x'.repeat(300_000),
    })
    expect(await (await send(null)).json()).toMatchObject({ ...expected, body: '' })
  })

  it('that does not know a method answers 405', async () => {
    expect(await rawly('/api/echo', 'PROPFIND')).toMatch(/^HTTP\/1\.1 405 /)
  })

  it('that is none is 404', async () => {
    const answer = await fetch(`${server.url}/nowhere`)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toBe('text/plain')
  })

  it('that cannot be loaded answers 500, and its developer reads why', async () => {
    const complaint = vi.spyOn(console, 'error').mockImplementation(() => {})
    const answer = await fetch(`${server.url}/api/broken`)
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('nowhere.ts')
    expect(complaint.mock.calls.flat().join(' ')).toContain('Cannot find module nowhere.ts')
    complaint.mockRestore()
  })
})

describe('closing', () => {
  it('lets answers under way and the work behind them finish', async () => {
    const steps: string[] = []
    const begun = Promise.withResolvers<void>()
    const answering = Promise.withResolvers<void>()
    const storing = Promise.withResolvers<void>()
    const slow: FunctionModule = {
      async GET() {
        begun.resolve()
        await answering.promise
        waitUntil(storing.promise.then(() => steps.push('stored')))
        return new Response('answered')
      },
    }
    const other = await serveRouter(routerOf({ '/api/slow': async () => slow }), 0)
    const answer = rawly('/api/slow', 'GET', other)
    await begun.promise
    const closed = other.close().then(() => steps.push('closed'))
    await expect(fetch(`${other.url}/api/slow`)).rejects.toThrow()
    answering.resolve()
    expect(await answer).toContain('answered')
    for (let turns = 0; turns < 500; turns++) await turn()
    expect(steps).toEqual([])
    storing.resolve()
    await closed
    expect(steps).toEqual(['stored', 'closed'])
  })

  it('does not wait for a client that would keep its connection', async () => {
    const begun = Promise.withResolvers<void>()
    const answering = Promise.withResolvers<void>()
    const slow: FunctionModule = {
      async GET() {
        begun.resolve()
        await answering.promise
        return new Response('answered')
      },
    }
    const other = await serveRouter(routerOf({ '/api/slow': async () => slow }), 0)
    const answer = fetch(`${other.url}/api/slow`)
    await begun.promise
    const closed = other.close()
    answering.resolve()
    expect(await (await answer).text()).toBe('answered')
    const start = performance.now()
    await closed
    expect(performance.now() - start).toBeLessThan(1_000)
  })

  it('does not wait for idle connections', async () => {
    const other = await serveRouter(routerOf({ '/api/echo': async () => echo }), 0)
    await (await fetch(`${other.url}/api/echo`)).text()
    const idle = connect(Number(new URL(other.url).port), '127.0.0.1')
    await once(idle, 'connect')
    const start = performance.now()
    idle.destroy()
    await other.close()
    expect(performance.now() - start).toBeLessThan(1_000)
  })

  it('frees the port, which a second server cannot have before', async () => {
    const port = Number(new URL(server.url).port)
    await expect(serveRouter(routerOf({}), port)).rejects.toThrow(/EADDRINUSE/)
  })
})
