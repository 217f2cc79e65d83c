import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { type RunningServer, serveRouter } from '../../../scripts/server/serve.ts'
import { sourceRouter } from '../../../scripts/server/source-router.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { collection, rawForm, snapshot } from './stored.ts'

let server: RunningServer
beforeAll(async () => {
  server = await serveRouter(await sourceRouter(join(import.meta.dirname, '..', '..', '..')), 0)
})
afterAll(() => server.close())

const MiB = 1024 * 1024
const filePart = { disposition: 'name="file"; filename="big.bin"', type: 'video/mp4' }

function post({ session }: Tenant, headers: Record<string, string>) {
  return request(`${server.url}/api/files`, { method: 'POST', headers: { ...session, ...headers } })
}

async function statusOf(sent: ReturnType<typeof post>): Promise<number | undefined> {
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode
}

describe('an upload over HTTP', () => {
  it.each([
    ['announcing its length', true],
    ['announcing nothing', false],
  ])('whose client goes away half way leaves nothing, %s', async (_kind, announced) => {
    const tenant = await freshTenant()
    const before = await snapshot(tenant)
    const { body, headers } = rawForm([{ ...filePart, content: randomBytes(6 * MiB) }])
    const length = { 'Content-Length': String(body.byteLength) }
    const sent = post(tenant, announced ? { ...headers, ...length } : headers)
    const gone = new Promise(resolve => sent.on('close', resolve))
    sent.on('error', () => {})
    sent.write(body.subarray(0, 4 * MiB))

    await expect
      .poll(async () => (await snapshot(tenant))['files.chunks'], { timeout: 10_000 })
      .toBeGreaterThan(before['files.chunks'] ?? 0)
    expect((await readCounters(tenant.clerkId)).files).toBe(1)
    sent.destroy()
    await gone
    await expect.poll(() => snapshot(tenant), { timeout: 10_000 }).toEqual(before)
  })

  it('that is too large is refused while it is still coming', async () => {
    const tenant = await freshTenant()
    const before = await snapshot(tenant)
    const { body, headers } = rawForm([{ ...filePart, content: Buffer.alloc(12 * MiB) }])
    const sent = post(tenant, headers)
    sent.on('error', () => {})
    const status = statusOf(sent)
    sent.end(body)
    expect(await status).toBe(413)
    await expect.poll(() => snapshot(tenant)).toEqual(before)
  })

  const endless = Buffer.alloc(MiB, 'x')
  const other = rawForm([{ ...filePart, disposition: 'name="x"; filename="b.bin"' }], { closed: false })
  const second = rawForm([filePart, filePart], { closed: false })
  it.each([
    ['a file under another name', other.body, 400],
    ['a second file', second.body, 400],
    ['what comes before the first part', Buffer.from('x'), 413],
    ['a text field', rawForm([{ disposition: 'name="shared"' }], { closed: false }).body, 413],
    ['what comes after the last part', rawForm([filePart]).body, 413],
  ])('is refused while it is still coming when %s has no end', async (_kind, begin, expected) => {
    const tenant = await freshTenant()
    const before = await snapshot(tenant)
    const sent = post(tenant, other.headers)
    sent.on('error', () => {})
    const status = statusOf(sent)
    sent.write(begin)
    const sending = setInterval(() => sent.write(endless), 20)
    expect(await status).toBe(expected)
    clearInterval(sending)
    sent.destroy()
    await expect.poll(() => snapshot(tenant)).toEqual(before)
  })

  it('keeps what was sent, and gives it back', async () => {
    const tenant = await freshTenant()
    const content = randomBytes(3 * MiB + 17)
    const { body, headers } = rawForm([{ ...filePart, content }])
    const answer = await fetch(`${server.url}/api/files`, {
      method: 'POST',
      body,
      headers: { ...headers, ...tenant.session },
    })
    const file = (await answer.json()) as { id: string; sha256: string }
    expect(answer.status).toBe(201)
    expect(file.sha256).toBe(createHash('sha256').update(content).digest('hex'))
    const back = await fetch(`${server.url}/api/files/${file.id}/content`, { headers: tenant.session })
    expect(Buffer.from(await back.arrayBuffer()).equals(content)).toBe(true)
  })

  it('survives a client that leaves a download half way', async () => {
    const tenant = await freshTenant()
    const { body, headers } = rawForm([{ ...filePart, content: Buffer.alloc(8 * MiB) }])
    const answer = await fetch(`${server.url}/api/files`, {
      method: 'POST',
      body,
      headers: { ...headers, ...tenant.session },
    })
    const { id } = (await answer.json()) as { id: string }
    const leaving = new AbortController()
    const url = `${server.url}/api/files/${id}/content`
    const download = await fetch(url, { headers: tenant.session, signal: leaving.signal })
    await download.body?.getReader().read()
    leaving.abort()
    const again = await fetch(url, { headers: tenant.session })
    expect((await again.arrayBuffer()).byteLength).toBe(8 * MiB)
    expect(await (await collection('files.files')).countDocuments({})).toBeGreaterThan(0)
  })
})
