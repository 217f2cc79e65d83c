import { randomUUID } from 'node:crypto'
import { ObjectId } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { collection, download, upload } from './stored.ts'

const someId = '0123456789abcdef01234567'

/** A row as an upload in flight leaves it. */
async function insertUploading(clerkId: string): Promise<string> {
  const row = {
    clerkId,
    status: 'uploading',
    name: 'half.bin',
    path: `uploads/${randomUUID()}-half.bin`,
    size: 0,
  }
  const { insertedId } = await (await collection('knowledgefiles')).insertOne({
    ...row,
    createdAt: new Date(),
  })
  return insertedId.toHexString()
}

describe('GET /api/files', () => {
  it('pages through the own files, newest first, each once', async () => {
    const tenant = await freshTenant()
    const other = await freshTenant()
    await upload(other, 'not yours')
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.unshift((await upload(tenant, `file ${i}`, `${i}.bin`, 'video/mp4')).id)
    await insertUploading(tenant.clerkId)

    const seen: string[] = []
    let cursor: string | null = ''
    for (let page = 0; cursor !== null; page++) {
      const query = cursor ? `&cursor=${cursor}` : ''
      const answer = await tenant.call('GET', `/api/files?limit=2${query}`)
      expectStatus(answer, 200)
      expect(answer.body.data.length).toBe(page < 2 ? 2 : 1)
      seen.push(...answer.body.data.map(({ id }: { id: string }) => id))
      cursor = answer.body.nextCursor
    }
    expect(seen).toEqual(ids)
  })

  it('shows the same view as the file itself, never the vector', async () => {
    const tenant = await freshTenant()
    const file = await upload(tenant, 'A lighthouse blinks.', 'a.txt')
    const { body } = await tenant.call('GET', '/api/files')
    expect(body).toEqual({ data: [file], nextCursor: null })
    expect(JSON.stringify(body)).not.toMatch(/embedding|vector|storagePath|clerkId|lease/i)
  })

  it('is empty for a new tenant', async () => {
    const tenant = await freshTenant()
    const { body } = await tenant.call('GET', '/api/files')
    expect(body).toEqual({ data: [], nextCursor: null })
  })

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=!', 'cursor=AAAA'])('refuses ?%s', async query => {
    const tenant = await freshTenant()
    expectProblem(await tenant.call('GET', `/api/files?${query}`), 400, 'invalid_input')
  })

  it('shows rows that lie there from before this API', async () => {
    const tenant = await freshTenant()
    const createdAt = new Date('2025-01-09T12:00:00Z')
    const row = { path: `uploads/${randomUUID()}.txt`, name: 'old.txt', clerkId: tenant.clerkId, createdAt }
    const { insertedId } = await (await collection('knowledgefiles')).insertOne(row)
    const { body } = await tenant.call('GET', '/api/files')
    expect(body.data).toEqual([
      {
        id: insertedId.toHexString(),
        name: 'old.txt',
        path: row.path,
        size: 0,
        mimeType: 'application/octet-stream',
        sha256: null,
        status: 'ready',
        error: null,
        embedded: false,
        chunks: 0,
        chunksDone: 0,
        summary: null,
        piiFound: [],
        usage: { promptTokens: 0, completionTokens: 0, costUsd: 0 },
        shared: false,
        createdAt: createdAt.toISOString(),
      },
    ])
  })
})

describe('GET /api/files/{id}', () => {
  it('shows the own file to a session and to an API key', async () => {
    const tenant = await freshTenant()
    const file = await upload(tenant, 'words')
    const key = await tenant.newKey()
    const byKey = await call('GET', `/api/files/${file.id}`, { headers: key.headers })
    expectStatus(byKey, 200)
    expect(byKey.body).toEqual(file)
  })

  it('shows a shared file to everybody, but gives its bytes to admins only', async () => {
    const admin = await freshTenant({ role: 'admin' })
    const tenant = await freshTenant()
    const file = await upload(admin, 'for all', 'all.txt', 'text/plain', { shared: 'true' })
    const answer = await tenant.call('GET', `/api/files/${file.id}`)
    expectStatus(answer, 200)
    expect(answer.body.shared).toBe(true)
    expect((await download(tenant, file.id)).status).toBe(404)
    expect((await download(admin, file.id)).bytes.toString()).toBe('for all')
    expect((await tenant.call('GET', '/api/files')).body.data).toEqual([])
  })

  it('says 404 for a foreign file, as for one that never was', async () => {
    const owner = await freshTenant()
    const admin = await freshTenant({ role: 'admin' })
    const file = await upload(owner, 'mine')
    for (const stranger of [await freshTenant(), admin]) {
      const foreign = await stranger.call('GET', `/api/files/${file.id}`)
      expectProblem(foreign, 404, 'not_found')
      const unknown = await stranger.call('GET', `/api/files/${new ObjectId().toHexString()}`)
      expect(foreign.body.title).toBe(unknown.body.title)
      expectProblem(unknown, 404, 'not_found')
    }
  })

  it.each(['x', '123', `${someId}0`, someId.toUpperCase(), '%00', 'null', '{"$ne":null}', '%E0%A4%A'])(
    'says 404 for the malformed id %s',
    async id => {
      const tenant = await freshTenant()
      expectProblem(await tenant.call('GET', `/api/files/${id}`), 404, 'not_found')
    },
  )

  it('hides an upload that is still arriving', async () => {
    const tenant = await freshTenant()
    const id = await insertUploading(tenant.clerkId)
    expectProblem(await tenant.call('GET', `/api/files/${id}`), 404, 'not_found')
    expectProblem(await tenant.call('DELETE', `/api/files/${id}`), 404, 'not_found')
    expect((await download(tenant, id)).status).toBe(404)
  })
})
