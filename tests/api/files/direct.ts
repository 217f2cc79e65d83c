import { expect } from 'vitest'
import { expectStatus } from '../../helpers/call.ts'
import type { Tenant } from '../../helpers/tenant.ts'

const PRESIGN = '/api/files?action=presign'
export const text = Buffer.from('The lighthouse keeper counts ships. Each night he writes them down.')

export const presign = (tenant: Tenant, json: object, headers: Record<string, string> = {}) =>
  tenant.call('POST', PRESIGN, { json, headers })
export const complete = (tenant: Tenant, fileId: string) =>
  tenant.call('POST', `/api/files?action=complete&fileId=${fileId}`)
export type Presigned = { fileId: string; url: string; method: string; headers: Record<string, string> }
export const put = (to: Presigned, body: Uint8Array, headers = to.headers) =>
  fetch(to.url, { method: to.method, headers, body: Buffer.from(body) })

export async function begin(tenant: Tenant, bytes: Uint8Array, more: object = {}): Promise<Presigned> {
  const answer = await presign(tenant, {
    name: 'Ships.txt',
    size: bytes.byteLength,
    mimeType: 'text/plain',
    ...more,
  })
  expectStatus(answer, 201)
  return answer.body
}

export async function sent(tenant: Tenant, bytes: Uint8Array, more: object = {}): Promise<string> {
  const to = await begin(tenant, bytes, more)
  expect((await put(to, bytes)).status).toBe(200)
  return to.fileId
}
