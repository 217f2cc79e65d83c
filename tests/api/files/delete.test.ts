import { describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import {
  atCommand,
  collection,
  download,
  expectExactCharge,
  leavingNothing,
  snapshot,
  upload,
} from './stored.ts'

describe('DELETE /api/files/{id}', () => {
  it('takes bytes, passages, row and charge with it; the second time it is gone', async () => {
    const tenant = await freshTenant()
    const answer = await leavingNothing(tenant, async () => {
      const { id } = await upload(tenant, 'A sentence of the lighthouse. Another one.', 'a.txt')
      const deleted = await tenant.call('DELETE', `/api/files/${id}`)
      expectProblem(await tenant.call('DELETE', `/api/files/${id}`), 404, 'not_found')
      expectProblem(await tenant.call('GET', `/api/files/${id}`), 404, 'not_found')
      expect((await download(tenant, id)).status).toBe(404)
      return { deleted, id }
    })
    expectStatus(answer.deleted, 200)
    expect(answer.deleted.body).toEqual({ id: answer.id, deleted: true })
  })

  it('says 404 for a foreign file, which stays as it is', async () => {
    const owner = await freshTenant()
    const file = await upload(owner, 'mine and only mine', 'mine.txt')
    const before = await snapshot(owner)
    for (const stranger of [await freshTenant(), await freshTenant({ role: 'admin' })])
      expectProblem(await stranger.call('DELETE', `/api/files/${file.id}`), 404, 'not_found')
    expect(await snapshot(owner)).toEqual(before)
    expect((await download(owner, file.id)).bytes.toString()).toBe('mine and only mine')
    const found = await owner.call('POST', '/api/files/search', { json: { query: 'mine' } })
    expect(found.body.data).toHaveLength(1)
  })

  it('lets any admin delete a shared file, and charges back the one who shared it', async () => {
    const sharing = await freshTenant({ role: 'admin' })
    const deleting = await freshTenant({ role: 'admin' })
    const tenant = await freshTenant()
    const { id } = await upload(sharing, 'for all of us', 'all.txt', 'text/plain', { shared: 'true' })
    expect((await readCounters(sharing.clerkId)).files).toBe(1)
    expectProblem(await tenant.call('DELETE', `/api/files/${id}`), 404, 'not_found')
    expectStatus(await deleting.call('DELETE', `/api/files/${id}`), 200)
    expect(await readCounters(sharing.clerkId)).toMatchObject({ files: 0, bytes: 0 })
    expect(await readCounters(deleting.clerkId)).toMatchObject({ files: 0, bytes: 0 })
  })

  it('gives the charge back once, however many ask at once', async () => {
    const tenant = await freshTenant()
    await upload(tenant, 'stays')
    const { id } = await upload(tenant, 'goes')
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => tenant.call('DELETE', `/api/files/${id}`)),
    )
    expect(answers.some(({ status }) => status === 200)).toBe(true)
    for (const { status } of answers) expect([200, 404]).toContain(status)
    await expectExactCharge(tenant)
  })

  it('leaves the counters alone for a file from before this API, which they never counted', async () => {
    const tenant = await freshTenant()
    await upload(tenant, 'counted')
    const row = { path: `uploads/${tenant.clerkId}.txt`, name: 'old.txt', clerkId: tenant.clerkId, size: 5 }
    const { insertedId } = await (await collection('knowledgefiles')).insertOne(row)
    expectStatus(await tenant.call('DELETE', `/api/files/${insertedId.toHexString()}`), 200)
    expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 1, bytes: 'counted'.length })
  })

  it.each([
    ['its bytes are read', 'find', 'files.chunks'],
    ['its passages are stored', 'insert', 'knowledgechunks'],
  ])('leaves no passage when it comes while %s', async (_moment, command, target) => {
    const tenant = await freshTenant()
    const text = Array.from({ length: 250 }, (_, i) => `Part${i} ${'padding '.repeat(150)}.`).join('\n')
    const answer = await leavingNothing(tenant, async () => {
      const begun = Promise.withResolvers<void>()
      await atCommand(command, target, begun.resolve)
      const uploaded = await tenant.call('POST', '/api/files', { body: fileForm(text, 'long.txt') })
      expectStatus(uploaded, 201)
      await begun.promise
      return tenant.call('DELETE', `/api/files/${uploaded.body.id}`)
    })
    expectStatus(answer, 200)
    await background.drain()
  })
})
