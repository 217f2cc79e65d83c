import { once } from 'node:events'
import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../../lib/errors.ts'
import { MAX_BODY_BYTES } from '../../../lib/http/body.ts'
import { contract } from '../../../lib/http/contract.ts'
import type { Upload } from '../../../lib/http/upload.ts'
import { ok, route } from '../../../lib/route.ts'
import { type RunningServer, serveRouter } from '../../../scripts/server/serve.ts'
import { echoRoute } from './ask.ts'
import { multipart, spec } from './multipart.ts'

const MIB = 1024 * 1024
let receive: (upload: Upload) => Promise<unknown>

const uploadRoute = route(
  contract({
    id: 'upload',
    method: 'POST',
    path: '/api/upload',
    tag: 'Test',
    summary: 'For tests',
    callers: [],
    database: false,
    upload: spec,
    responses: { 200: z.unknown() },
  }),
  async ({ upload }) => ok(await receive(upload)),
)
const handlers = new Map([
  ['/api/echo', echoRoute(z.unknown())],
  ['/api/upload', uploadRoute],
])

let server: RunningServer
beforeAll(async () => {
  server = await serveRouter(
    {
      staticDir: import.meta.filename,
      async resolve(url) {
        const POST = handlers.get(url.pathname)
        return POST ? { url, load: async () => ({ POST }) } : null
      },
    },
    0,
  )
})
afterAll(() => server.close())

type Sent = { status: number; text: string }

/** Sends a body over a connection of its own and drops it once the answer is there. */
function send(path: string, headers: Record<string, string>, body: Uint8Array | string): Promise<Sent> {
  return new Promise<Sent>((resolve, reject) => {
    const sent = request(
      `${server.url}${path}`,
      { method: 'POST', agent: false, headers },
      async response => {
        resolve({ status: response.statusCode ?? 0, text: (await buffer(response)).toString() })
        sent.destroy()
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

const json = { 'Content-Type': 'application/json' }

describe('a body that is refused', () => {
  const big = Buffer.alloc(8 * MIB, ' ')
  const form = multipart({ name: 'file', filename: 'big.bin', content: big })
  const formType = { 'Content-Type': `multipart/form-data; boundary=${form.boundary}` }

  it.each([
    ['by its length', '/api/echo', json, big, 413],
    ['as it arrives', '/api/echo', { ...json, 'Transfer-Encoding': 'chunked' }, big, 413],
    ['before its file is read', '/api/upload', formType, form.bytes, 403],
  ])('%s gets its problem', async (_name, path, headers, body, status) => {
    receive = () => Promise.reject(new AppError('limit_reached', 'No more.'))
    const refused = await send(path, headers, body)
    expect(refused.status).toBe(status)
    expect(JSON.parse(refused.text)).toMatchObject({ status })
  })

  it('while its file is read gets its problem too', async () => {
    receive = async upload => {
      for await (const piece of upload.bytes) if (piece) throw new AppError('too_large', 'Too much.')
    }
    expect((await send('/api/upload', formType, form.bytes)).status).toBe(413)
  })

  it('because it says nothing true about its length is refused by the protocol', async () => {
    expect((await send('/api/echo', { ...json, 'Content-Length': '-5' }, '{}')).status).toBe(400)
  })

  it('may be as large as allowed', async () => {
    const text = JSON.stringify({ a: 'x'.repeat(MAX_BODY_BYTES - 8) })
    expect((await send('/api/echo', json, text)).status).toBe(200)
  })
})

describe('an upload from a client that goes away', () => {
  it('fails its reader, and the server lives on', async () => {
    const failed = Promise.withResolvers<unknown>()
    const begun = Promise.withResolvers<void>()
    receive = async upload => {
      upload.bytes.once('data', () => begun.resolve())
      await buffer(upload.bytes).catch(failed.resolve)
    }
    const { boundary, bytes } = multipart({ name: 'file', filename: 'a', content: Buffer.alloc(MIB) })
    const headers = {
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Content-Length': String(bytes.byteLength),
    }
    const sent = request(`${server.url}/api/upload`, { method: 'POST', headers })
    sent.on('error', () => {})
    sent.write(bytes.subarray(0, MIB / 2))
    await begun.promise
    sent.destroy()
    expect(await failed.promise).toMatchObject({ code: 'invalid_input' })
    expect((await send('/api/echo', json, '{}')).status).toBe(200)
  })
})

describe('an upload to a slow reader', () => {
  it('waits in the client, not in our memory', async () => {
    const total = 40 * MIB
    const release = Promise.withResolvers<void>()
    receive = async upload => {
      await release.promise
      return { size: (await buffer(upload.bytes)).byteLength }
    }
    const form = multipart({ name: 'file', filename: 'big.bin', content: Buffer.alloc(total) })
    const sent = request(`${server.url}/api/upload`, {
      method: 'POST',
      headers: { 'Content-Type': `multipart/form-data; boundary=${form.boundary}` },
    })
    const before = process.memoryUsage().arrayBuffers
    let offset = 0
    let taken = true
    while (taken && offset < total) {
      const room = sent.write(form.bytes.subarray(offset, offset + MIB))
      offset += MIB
      taken = room || (await drained(sent))
    }
    expect(offset).toBeLessThan(total / 2)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * MIB)

    release.resolve()
    sent.end(form.bytes.subarray(offset))
    const [response] = await once(sent, 'response')
    expect(JSON.parse((await buffer(response)).toString())).toEqual({ size: total })
  })
})

/** Whether the receiver takes more within a moment. */
async function drained(stream: NodeJS.EventEmitter): Promise<boolean> {
  const patience = AbortSignal.timeout(300)
  return once(stream, 'drain', { signal: patience }).then(
    () => true,
    () => false,
  )
}
