import { Types } from 'mongoose'
import { describe, expect, it, vi } from 'vitest'
import { log } from '../../../lib/log.ts'
import { HOLDINGS } from '../../../lib/privacy/holdings.ts'
import { ApiKey } from '../../../models/api-key.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { User } from '../../../models/user.ts'
import { call, expectProblem } from '../../helpers/call.ts'
import { serveApi } from '../../helpers/events.ts'
import { fileForm, uploadAndWait } from '../../helpers/files.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { exportOf, requestExport, unpack } from '../../lib/privacy/archive.ts'
import { everything } from '../../lib/privacy/database.ts'
import { fullTenant } from '../../lib/privacy/full-tenant.ts'
import { collection, upload } from '../files/stored.ts'

const path = '/api/app/export'

describe('GET /api/app/export', () => {
  it('is a zip to download that explains itself, also of an account without anything', async () => {
    const tenant = await freshTenant()
    const response = await requestExport(tenant)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/zip')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="workflowai-export.zip"')
    const { entries, rows } = await unpack(Buffer.from(await response.arrayBuffer()))
    const names = HOLDINGS.map(({ name }) => `${name}.json`)
    expect([...entries.keys()]).toEqual(['README.txt', 'profile.json', ...names])
    const readMe = entries.get('README.txt')?.toString()
    for (const name of ['profile.json', ...names]) expect(readMe).toContain(`${name}\n`)
    // The export itself may be logged by then.
    for (const { name } of HOLDINGS) if (name !== 'usage-logs') expect(rows(name), name).toEqual([])
    expect(rows('profile')).toMatchObject({ clerkId: tenant.clerkId, email: tenant.email, plan: 'starter' })
  })

  it('holds all texts and bytes of its caller, in order', async () => {
    const tenant = await fullTenant()
    const { entries, rows } = await exportOf(tenant)
    const said = rows('messages').filter(({ conversationId }) => conversationId === tenant.conversationId)
    expect(said).toHaveLength(tenant.messageCount)
    const numbers = said.slice(2).map(({ content }) => Number(String(content).split(' ')[1]))
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    const file = rows('files').find(({ id }) => id === tenant.file.id)
    expect(file?.content).toBe(`files/${tenant.file.id}-${tenant.mark}-e.txt`)
    expect(entries.get(String(file?.content))).toEqual(tenant.file.content)
    const statuses = rows('files').map(({ status }) => String(status))
    expect(statuses.sort()).toEqual(['failed', 'ready', 'uploading', 'uploading'])
    expect(rows('passages').some(({ text }) => String(text).includes(tenant.mark))).toBe(true)
    expect(rows('files').map(({ id }) => id)).not.toContain(tenant.sharedFileId)
  }, 60_000)

  it('tells nothing that is secret, or of others', async () => {
    const [tenant, neighbour] = [await fullTenant(), await fullTenant()]
    const suspension = { at: new Date(0), until: new Date(1), reason: 'Somebody complained' }
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { suspension } })
    const { text, entries } = await exportOf(tenant)
    const stored = [...(await everything()).values()].map(document => JSON.parse(document))
    const secrets = stored.flatMap(({ keyHash, fingerprint, salt, effectId, messages = [] }) => [
      keyHash,
      fingerprint,
      salt,
      ...[effectId, ...messages.map((message: { effectId?: string }) => message.effectId)].map(
        id => id?.$oid ?? id,
      ),
    ])
    const found = secrets.filter(secret => typeof secret === 'string')
    expect(found.length).toBeGreaterThan(100)
    // What a keyed request made bears its effect's id.
    const ids = new Set(stored.map(({ _id }) => _id.$oid))
    for (const secret of found) if (!ids.has(secret)) expect(text).not.toContain(secret)
    for (const field of [
      'keyHash',
      'vector',
      'embedding"',
      'effectId',
      'searchTerms',
      'notes',
      'storagePath',
    ])
      expect(text).not.toContain(field)
    const others = [neighbour.clerkId, neighbour.mark, neighbour.email, 'Somebody complained']
    for (const foreign of others) expect(text).not.toContain(foreign)
    expect([...entries.keys()].join()).not.toContain(neighbour.file.id)
  }, 60_000)

  it('is for people who are signed in alone', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    expectProblem(await call('GET', path, { headers }), 403, 'forbidden')
    expectProblem(await call('GET', path), 401, 'unauthenticated')
    expect(await ApiKey.countDocuments({ clerkId: tenant.clerkId })).toBe(1)
  })
})

describe('files in an export', () => {
  it('have names that are safe and each another', async () => {
    const tenant = await freshTenant()
    const names = ['same.txt', 'same.txt', '../../up.txt', '..\\..', '/etc/passwd', 'C:\\x.txt', '☃', '.x']
    for (const name of names) {
      const { id } = await upload(tenant, `Content of ${name}`, 'sent.txt')
      // From before this API a name may be anything.
      await KnowledgeFile.updateOne({ _id: id, clerkId: tenant.clerkId }, { $set: { name } })
    }
    const { entries, rows } = await exportOf(tenant)
    const paths = [...entries.keys()].filter(entry => entry.startsWith('files/'))
    expect(paths).toHaveLength(names.length)
    for (const one of paths) expect(one).toMatch(/^files\/[0-9a-f]{24}-\w[\w.-]*$/)
    for (const { name, content } of rows('files'))
      expect(entries.get(String(content))?.toString()).toBe(`Content of ${name}`)
  })

  it.each([
    ['all', {}, 'files.files'],
    ['a part', { n: 0 }, 'files.chunks'],
  ] as const)('are told to be missing when the storage lost %s of them', async (_what, which, from) => {
    const tenant = await freshTenant()
    const lost = await upload(tenant, 'These bytes get lost.', 'lost.txt')
    const kept = await upload(tenant, 'These stay.', 'kept.txt')
    const file = await KnowledgeFile.findOne({ _id: lost.id, clerkId: tenant.clerkId }).lean()
    const key = new Types.ObjectId(file?.storagePath ?? '')
    const named = from === 'files.files' ? { _id: key } : { files_id: key }
    expect((await (await collection(from)).deleteMany({ ...which, ...named })).deletedCount).toBe(1)
    const { entries, rows } = await exportOf(tenant)
    const row = (id: string) => rows('files').find(one => one.id === id)
    expect(row(lost.id)).toMatchObject({ name: 'lost.txt', contentMissing: true })
    expect(row(lost.id)).not.toHaveProperty('content')
    expect(entries.get(String(row(kept.id)?.content))?.toString()).toBe('These stay.')
  })
})

describe('an export that fails on the way', () => {
  /** A file in a bucket that this deployment has no settings for. */
  async function unreachable(tenant: Tenant): Promise<void> {
    const { id } = await uploadAndWait(tenant, fileForm('Somewhere else'))
    const change = { $set: { storageProvider: 's3' as const } }
    await KnowledgeFile.updateOne({ _id: id, clerkId: tenant.clerkId }, change)
  }

  it('breaks off and is logged', async () => {
    const tenant = await freshTenant()
    await unreachable(tenant)
    const logged = vi.spyOn(log(), 'error')
    const response = await requestExport(tenant)
    expect(response.status).toBe(200)
    await expect(response.arrayBuffer()).rejects.toThrow()
    expect(logged).toHaveBeenCalledWith({ err: expect.any(Error) }, 'an archive broke off')
    logged.mockRestore()
  })

  it('breaks the connection off', async () => {
    const tenant = await freshTenant()
    await unreachable(tenant)
    const server = await serveApi()
    const response = await fetch(`${server.url}${path}`, { headers: tenant.session })
    await expect(response.arrayBuffer()).rejects.toThrow()
    await server.close()
  })
})
