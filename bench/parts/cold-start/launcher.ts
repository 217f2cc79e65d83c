import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { serve } from '../../floors/serve.ts'

type Handlers = Record<string, ((request: Request) => Promise<Response>) | undefined>

/** Serves the one function whose folder is named by the first argument, as the platform's launcher does. */
const folder = process.argv[2] ?? ''
const { handler } = JSON.parse(readFileSync(join(folder, '.vc-config.json'), 'utf8')) as { handler: string }
const handlers = unwrapped(await import(pathToFileURL(join(folder, handler)).href))

await serve(async (incoming, outgoing) => {
  const response = await handlers[incoming.method ?? '']?.(toRequest(incoming))
  await answer(response ?? new Response(null, { status: 405 }), outgoing)
})

/** A CommonJS module is the default of what its import gives. */
function unwrapped(module: Handlers & { default?: Handlers }): Handlers {
  return module.default ?? module
}

function toRequest(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/', headers } = incoming
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(new URL(url, `http://${headers.host}`), {
    method,
    headers: headers as Record<string, string>,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' }),
  })
}

async function answer(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  for await (const piece of response.body ?? []) outgoing.write(piece)
  outgoing.end()
}
