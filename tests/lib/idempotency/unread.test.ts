import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { startApi } from '../../helpers/api-process.ts'
import { expectStatus } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import { freshTenant } from '../../helpers/tenant.ts'

it('takes the upload that it refuses, so that a client which sends all before it reads is answered', async () => {
  const tenant = await freshTenant()
  const key = randomUUID()
  const json = { name: 'under the key first' }
  const headers = { 'Idempotency-Key': key }
  expectStatus(await tenant.call('POST', '/api/app/api-keys', { json, headers }), 201)

  const form = new Response(fileForm(new Uint8Array(9 * 1024 * 1024)))
  const body = Buffer.from(await form.arrayBuffer())
  const head = [
    'POST /api/files HTTP/1.1',
    'Host: 127.0.0.1',
    `Authorization: ${tenant.session.Authorization}`,
    `Idempotency-Key: ${key}`,
    `Content-Type: ${form.headers.get('content-type')}`,
    `Content-Length: ${body.byteLength}`,
  ]
  const api = await startApi({})
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
  const answered = once(socket, 'data')
  answered.catch(() => {})
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]), error =>
      error ? reject(error) : resolve(),
    )
  })
  const [answer] = (await answered) as [Buffer]
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 422 /)
  socket.destroy()
  await api.stop()
})
