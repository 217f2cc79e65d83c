import { afterAll, describe, expect, it } from 'vitest'
import { expectStatus } from '../../helpers/call.ts'
import { noS3Server, startS3 } from '../../helpers/s3-server.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { complete, sent, text } from '../files/direct.ts'
import { entriesOf } from './accounts.ts'

const s3 = noS3Server ? null : await startS3()
Object.assign(process.env, s3?.environment)
afterAll(() => s3?.stop())

const shared = { action: 'file.shared', changes: { name: { from: null, to: 'all.txt' } } }
const deleted = { action: 'shared_file.deleted', changes: { name: { from: 'all.txt', to: null } } }

describe.skipIf(noS3Server)('a direct upload that is shared is noted', () => {
  it('once it is complete, and once it is deleted', async () => {
    const admin = await freshTenant({ role: 'admin' })
    const id = await sent(admin, text, { name: 'all.txt', shared: true })
    expect(await entriesOf(id)).toEqual([])
    const answers = await Promise.all([complete(admin, id), complete(admin, id)])
    for (const answer of answers) expectStatus(answer, 201)
    await background.drain()
    expect(await entriesOf(id)).toMatchObject([shared])
    expectStatus(await admin.call('DELETE', `/api/files/${id}`), 200)
    expect(await entriesOf(id)).toMatchObject([shared, deleted])
  })

  it('not when it is given up, nor when it is not shared', async () => {
    const admin = await freshTenant({ role: 'admin' })
    const givenUp = await sent(admin, text, { shared: true })
    expectStatus(await admin.call('DELETE', `/api/files/${givenUp}`), 200)
    const own = await sent(admin, text)
    expectStatus(await complete(admin, own), 201)
    await background.drain()
    expectStatus(await admin.call('DELETE', `/api/files/${own}`), 200)
    for (const id of [givenUp, own]) expect(await entriesOf(id)).toEqual([])
  })
})
