import { existsSync } from 'node:fs'
import type { Server as HttpServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve as listen, type Server, type ServerRequest } from 'srvx'
import { staticMiddleware } from 'srvx/static'
import { ending } from '../../lib/ending.ts'
import { withAddressOf } from '../../lib/http/client-ip.ts'
import { keepBackgroundWork } from './background.ts'
import { pageHeaders } from './page-headers.ts'
import type { FunctionModule, Router } from './router.ts'

/** Platforms wait 10 s and kill then: so long for answers, for their last words, and for what is stored later. */
const FINISH_MS = 5_000
const LAST_WORDS_MS = 1_000
const STORE_MS = 3_000
const SWEEP_MS = 100

export type RunningServer = { url: string; close(): Promise<void> }

/**
 * Serves functions and static files on loopback; `pages` by path go before files. `close` lets what is under way
 * finish, and then be stored, within 10 s.
 */
export async function serveRouter(
  router: Router,
  port: number,
  pages: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const background = keepBackgroundWork()
  const orFile = filesIn(router.staticDir)
  let closing = false
  const server: Server = listen({
    port,
    hostname: '127.0.0.1',
    silent: true,
    gracefulShutdown: false,
    async fetch(request) {
      const url = URL.parse(request.url)
      if (!url) return new Response(null, { status: 400 })
      const page = showPage(pages, request, url)
      const response = page ?? (await orFile(request, url, () => answer(router, request, url)))
      for (const [name, value] of pageHeaders(url.pathname)) response.headers.set(name, value)
      // A client that keeps its connection would hold up the end.
      if (closing) response.headers.set('Connection', 'close')
      return response
    },
    error(error) {
      console.error(error)
      return new Response('Internal error\n', { status: 500, headers: { 'Content-Type': 'text/plain' } })
    },
  })
  await server.ready()
  return {
    url: (server.url ?? '').replace(/\/$/, ''),
    async close() {
      closing = true
      await closeConnections(server)
      await Promise.race([background.drain(), sleep(STORE_MS, undefined, { ref: false })])
    },
  }
}

/** Nothing new is heard from now on; what takes too long is told to end, then cut. */
async function closeConnections(server: Server): Promise<void> {
  const connections = server.node?.server as HttpServer | undefined
  const timers = [
    // One whose answer began before the end is kept open for another request.
    setInterval(() => connections?.closeIdleConnections(), SWEEP_MS),
    setTimeout(() => ending().abort(), FINISH_MS),
    setTimeout(() => connections?.closeAllConnections(), FINISH_MS + LAST_WORDS_MS),
  ]
  await server.close()
  for (const timer of timers) clearTimeout(timer)
}

type OrFile = (request: ServerRequest, url: URL, next: () => Promise<Response>) => Promise<Response>

/** As on the platform files go before functions. Below `/api/` nobody looks for one where there is no such folder. */
function filesIn(dir: string): OrFile {
  const serveFile = staticMiddleware({ dir })
  const hasApiFolder = existsSync(join(dir, 'api'))
  return async (request, { pathname }, next) =>
    pathname.startsWith('/api/') && !hasApiFolder ? next() : serveFile(request, next)
}

function showPage(
  pages: Readonly<Record<string, string>>,
  request: ServerRequest,
  { pathname }: URL,
): Response | undefined {
  const path = pathname.replace(/\/(index\.html)?$/, '')
  const html = request.method === 'GET' ? pages[path] : undefined
  if (html === undefined) return undefined
  return new Response(html, {
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' },
  })
}

async function answer(router: Router, request: ServerRequest, url: URL): Promise<Response> {
  const target = await router.resolve(url)
  if (!target) return new Response('Not found\n', { status: 404, headers: { 'Content-Type': 'text/plain' } })
  const module = await target.load()
  const handler = module[request.method]
  if (!handler) return unknownMethod(module, request)
  return handler(target.url.href === url.href ? request : readdressed(request, target.url))
}

/** A method that no file declares, such as TRACE: the preflight knows which there are. */
async function unknownMethod(module: FunctionModule, request: Request): Promise<Response> {
  const preflight = await module.OPTIONS?.(request)
  const headers = { Allow: preflight?.headers.get('Allow') ?? '' }
  return new Response(null, { status: 405, headers })
}

function readdressed(request: ServerRequest, url: URL): Request {
  return withAddressOf(request, new Request(url, request as Request))
}
