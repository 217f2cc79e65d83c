import { serve as listen, type Server, type ServerRequest } from 'srvx'
import { staticMiddleware } from 'srvx/static'
import { withAddressOf } from '../../lib/http/client-ip.ts'
import { keepBackgroundWork } from './background.ts'
import type { Router } from './router.ts'

export type RunningServer = { url: string; close(): Promise<void> }

/**
 * Serves functions and static files on loopback; `pages` by path go before files. `close` lets what is under way
 * finish, and then be stored.
 */
export async function serveRouter(
  router: Router,
  port: number,
  pages: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const background = keepBackgroundWork()
  let closing = false
  const server: Server = listen({
    port,
    hostname: '127.0.0.1',
    silent: true,
    gracefulShutdown: false,
    middleware: [
      (request, next) => showPage(pages, request) ?? next(),
      staticMiddleware({ dir: router.staticDir }),
    ],
    async fetch(request) {
      const response = await answer(router, request)
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
      await server.close()
      await background.drain()
    },
  }
}

function showPage(pages: Readonly<Record<string, string>>, request: ServerRequest): Response | undefined {
  const path = new URL(request.url).pathname.replace(/\/(index\.html)?$/, '')
  const html = request.method === 'GET' ? pages[path] : undefined
  if (html === undefined) return undefined
  return new Response(html, {
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' },
  })
}

async function answer(router: Router, request: ServerRequest): Promise<Response> {
  const url = new URL(request.url)
  const target = await router.resolve(url)
  if (!target) return new Response('Not found\n', { status: 404, headers: { 'Content-Type': 'text/plain' } })
  const module = await target.load()
  const handler = module[request.method]
  if (!handler) return new Response(null, { status: 405 })
  return handler(target.url.href === url.href ? request : readdressed(request, target.url))
}

function readdressed(request: ServerRequest, url: URL): Request {
  return withAddressOf(request, new Request(url, request as Request))
}
