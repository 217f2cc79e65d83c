import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Types } from 'mongoose'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { storageOf } from '../../../lib/knowledge/internal/storage/storage.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { begin, complete, text } from './direct.ts'
import { collection } from './stored.ts'

/** What stands where the bucket should be; each test says how it answers. */
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {}
const server = createServer((request, response) => {
  request.resume()
  answer(request, response)
}).listen(0, '127.0.0.1')
await once(server, 'listening')
afterAll(() => server.close().closeAllConnections())

Object.assign(process.env, {
  STORAGE_PROVIDER: 's3',
  S3_BUCKET: 'uploads',
  S3_REGION: 'us-east-1',
  S3_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  S3_ACCESS_KEY_ID: 'key',
  S3_SECRET_ACCESS_KEY: 'secret',
})

beforeEach(() => {
  answer = (_request, response) => response.writeHead(200).end()
})

it('a body that breaks off on its way from the bucket is 503', async () => {
  const tenant = await freshTenant()
  const { fileId } = await begin(tenant, text)
  answer = ({ method }, response) => {
    response.writeHead(200, { 'Content-Length': text.byteLength })
    if (method === 'HEAD') return void response.end()
    response.write(text.subarray(0, 10), () => setImmediate(() => response.destroy()))
  }
  expectProblem(await complete(tenant, fileId), 503, 'unavailable')
})

it('a bucket that refuses access says so', async () => {
  const tenant = await freshTenant()
  const { fileId } = await begin(tenant, text)
  answer = (_request, response) => response.writeHead(403).end()
  const refused = await complete(tenant, fileId)
  expectProblem(refused, 503, 'unavailable')
  expect(refused.body.detail).toContain('refuses access')
})

it('nothing times out once the head of a download is there', async () => {
  const sockets: Socket[] = []
  const note = (message: unknown) => sockets.push((message as { socket: Socket }).socket)
  const opened = channel('net.client.socket')
  opened.subscribe(note)
  answer = (_request, response) => response.writeHead(200, { 'Content-Length': 100 }).write('begun')
  const body = await (await storageOf('s3')).read('uploads/slow', null)
  opened.unsubscribe(note)
  await new Promise(resolve => setTimeout(resolve, 4_000))
  expect(sockets.map(({ timeout }) => timeout ?? 0)).toEqual(sockets.map(() => 0))
  body.destroy()
  await expect.poll(() => sockets.every(({ destroyed }) => destroyed)).toBe(true)
})

it('a dead upload in a silent bucket does not hold up the next one', async () => {
  const tenant = await freshTenant()
  const old = new Date(Date.now() - 3_600_000)
  const rows = await collection('knowledgefiles')
  const dead = { clerkId: tenant.clerkId, status: 'uploading', storageProvider: 's3', createdAt: old }
  await rows.insertMany(
    ['1', '2'].map(n => ({
      _id: new Types.ObjectId(),
      path: `dead-${n}`,
      storagePath: `uploads/${n}`,
      ...dead,
    })),
  )
  const waiting: ServerResponse[] = []
  const removed: string[] = []
  answer = (request, response) => {
    if (request.method === 'PUT') return void response.writeHead(200).end()
    removed.push(request.url ?? '')
    waiting.push(response)
  }
  const start = performance.now()
  const sent = await tenant.call('POST', '/api/files', { body: fileForm('x', 'a.bin', 'video/mp4') })
  expectStatus(sent, 201)
  expect(performance.now() - start).toBeLessThan(8_000)
  // The sweep gives up at the first failure: the second one is not tried.
  answer = (request, response) => {
    removed.push(request.url ?? '')
    response.writeHead(403).end()
  }
  for (const response of waiting) response.writeHead(403).end()
  await expect.poll(() => removed.length).toBe(1)
})
