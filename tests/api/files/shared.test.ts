import { describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { collection, rawForm, upload } from './stored.ts'

async function share(admin: Tenant, content: string, side: 'before' | 'after' = 'before') {
  const shared = { disposition: 'name="shared"', content: 'true' }
  const file = { disposition: 'name="file"; filename="house-rules.txt"', type: 'text/plain', content }
  const form = rawForm(side === 'before' ? [shared, file] : [file, shared])
  const answer = await admin.call('POST', '/api/files', form)
  expectStatus(answer, 201)
  await background.drain()
  return answer.body
}

describe('a file that an admin shares', () => {
  it.each(['before', 'after'] as const)('belongs to nobody, said %s the file', async side => {
    const admin = await freshTenant({ role: 'admin' })
    const view = await share(admin, 'Kitchens close at nine.', side)
    expect(view.shared).toBe(true)
    const row = await (await collection('knowledgefiles')).findOne({ path: view.path })
    expect(row).toMatchObject({ clerkId: null, uploadedBy: admin.clerkId, status: 'ready', embedded: true })
    const chunk = await (await collection('knowledgechunks')).findOne({ fileId: row?._id })
    expect(chunk?.clerkId).toBeNull()
  })

  it('is found and cited by others, and charged to the admin alone', async () => {
    const admin = await freshTenant({ role: 'admin' })
    const tenant = await freshTenant()
    const { id } = await share(admin, 'The observatory opens its dome at twilight.')
    const query = 'When does the observatory open its dome?'
    const found = await tenant.call('POST', '/api/files/search', { json: { query, topK: 1 } })
    expect(found.body.data[0]).toMatchObject({ fileId: id, name: 'house-rules.txt' })
    const chat = await tenant.call('POST', '/api/ai?action=chat', {
      json: { message: query, knowledge: true },
    })
    expect(chat.body.citations[0]).toMatchObject({ fileId: id })
    expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 0, bytes: 0 })
    expect(await readCounters(admin.clerkId)).toMatchObject({ files: 1 })
  })
})

describe('the API key of an admin', () => {
  it('has no admin power: it neither shares a file nor deletes a shared one', async () => {
    const admin = await freshTenant({ role: 'admin' })
    const key = await admin.newKey()
    const body = fileForm('for all', 'all.txt', 'text/plain', { shared: 'true' })
    expectProblem(await call('POST', '/api/files', { headers: key.headers, body }), 403, 'forbidden')
    const shared = await upload(admin, 'for all', 'all.txt', 'text/plain', { shared: 'true' })
    const path = `/api/files/${shared.id}`
    expectProblem(await call('DELETE', path, { headers: key.headers }), 404, 'not_found')
    expectStatus(await admin.call('DELETE', path), 200)
  })
})
