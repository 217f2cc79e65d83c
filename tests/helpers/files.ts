import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, expectStatus } from './call.ts'
import type { Tenant } from './tenant.ts'

/** A multipart body with one file part. */
export function fileForm(
  content: string | Uint8Array,
  name = 'notes.txt',
  type = 'text/plain',
  fields: Record<string, string> = {},
): FormData {
  const form = new FormData()
  for (const [field, value] of Object.entries(fields)) form.set(field, value)
  form.set('file', new Blob([Buffer.from(content)], { type }), name)
  return form
}

/** Uploads a file and waits until it is ready or failed. */
export async function uploadAndWait(tenant: Tenant, form: FormData): Promise<Answer['body']> {
  const uploaded = await tenant.call('POST', '/api/files', { body: form })
  expectStatus(uploaded, 201)
  return waitForFile(tenant, uploaded.body.id)
}

export async function waitForFile(tenant: Tenant, fileId: string): Promise<Answer['body']> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { body } = await tenant.call('GET', `/api/files/${fileId}`)
    if (body.status !== 'processing') return body
    await sleep(25)
  }
  throw new Error(`file ${fileId} is still processing`)
}
