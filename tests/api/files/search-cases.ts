import { beforeAll, describe, expect, it } from 'vitest'
import { UsageLog } from '../../../models/usage-log.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'
import { upload } from './stored.ts'

const search = (tenant: Tenant, json: object) => tenant.call('POST', '/api/files/search', { json })

const FILES = {
  'bees.txt': 'Bees dance to tell where flowers grow. The hive keeps honey for winter.',
  'bridges.txt': 'A suspension bridge hangs from cables. Steel towers carry the cables.',
  'bread.txt': 'Sourdough needs flour, water and patience. The oven must be hot.',
  'boats.txt': 'A sailing boat tacks against the wind. Its keel keeps it upright.',
}

async function library() {
  const tenant = await freshTenant()
  const ids: Record<string, string> = {}
  for (const [name, text] of Object.entries(FILES)) ids[name] = (await upload(tenant, text, name)).id
  return { tenant, ids }
}

/** What a search promises, whichever way it finds its candidates. */
export function searchCases(): void {
  describe('POST /api/files/search', () => {
    let tenant: Tenant
    let ids: Record<string, string>
    beforeAll(async () => {
      const made = await library()
      tenant = made.tenant
      ids = made.ids
    })

    it('finds the passage that answers, with where it stands', async () => {
      for (const [query, name] of [
        ['How do bees tell of flowers?', 'bees.txt'],
        ['steel cables of a bridge', 'bridges.txt'],
        ['hot oven for sourdough', 'bread.txt'],
        ['the keel of a sailing boat', 'boats.txt'],
      ] as const) {
        const answer = await search(tenant, { query, topK: 1 })
        expectStatus(answer, 200)
        expect(answer.body).toEqual({
          data: [{ fileId: ids[name], name, chunk: 0, score: expect.any(Number), text: FILES[name] }],
        })
      }
    })

    it('orders by score, five at most unless told otherwise', async () => {
      const { tenant } = await library()
      await upload(tenant, 'Bees again. Honey.', 'more.txt')
      await upload(tenant, 'Nothing in common.', 'even-more.txt')
      const all = (await search(tenant, { query: 'bees and honey', topK: 50 })).body.data
      expect(all).toHaveLength(6)
      const scores = all.map(({ score }: { score: number }) => score)
      expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a))
      expect((await search(tenant, { query: 'bees and honey' })).body.data).toEqual(all.slice(0, 5))
      expect((await search(tenant, { query: 'bees and honey', topK: 2 })).body.data).toEqual(all.slice(0, 2))
    })

    it('leaves out what scores below minScore', async () => {
      const all = (await search(tenant, { query: 'bees honey', topK: 50 })).body.data
      const minScore = all[0].score - 0.000001
      expect((await search(tenant, { query: 'bees honey', minScore })).body.data).toEqual(all.slice(0, 1))
      expect((await search(tenant, { query: 'bees honey', minScore: 1 })).body.data).toEqual([])
    })

    it('searches the named files only', async () => {
      const fileIds = [ids['bread.txt'], ids['boats.txt']]
      const { data } = (await search(tenant, { query: 'bees and flowers', fileIds })).body
      expect(data.map(({ fileId }: { fileId: string }) => fileId).toSorted()).toEqual(fileIds.toSorted())
    })

    it('finds nothing in a foreign file, though it is named', async () => {
      const stranger = await freshTenant()
      await upload(stranger, 'Bees of my own.', 'own.txt')
      const foreign = ids['bees.txt']
      expect((await search(stranger, { query: 'bees', fileIds: [foreign] })).body.data).toEqual([])
    })

    it('finds nothing where nothing is', async () => {
      const tenant = await freshTenant()
      expect((await search(tenant, { query: 'anything' })).body).toEqual({ data: [] })
    })

    it('serves an API key, and logs tokens and cost', async () => {
      const key = await tenant.newKey()
      const answer = await call('POST', '/api/files/search', {
        json: { query: 'bees' },
        headers: key.headers,
      })
      expectStatus(answer, 200)
      expect(answer.body.data[0].name).toBe('bees.txt')
      await background.drain()
      const logged = await UsageLog.findOne({ clerkId: tenant.clerkId, 'metadata.keyId': key.id }).lean()
      expect(logged).toMatchObject({
        endpoint: '/api/files/search',
        status: 200,
        metadata: { promptTokens: 1, costUsd: 2e-8 },
      })
    })

    it.each([
      ['no query', {}],
      ['an empty query', { query: '' }],
      ['a blank query', { query: '  ' }],
      ['a query of 4,001 characters', { query: 'q'.repeat(4_001) }],
      ['a query that is no text', { query: { $ne: '' } }],
      ['topK 0', { query: 'q', topK: 0 }],
      ['topK 51', { query: 'q', topK: 51 }],
      ['a broken topK', { query: 'q', topK: 1.5 }],
      ['minScore above 1', { query: 'q', minScore: 1.1 }],
      ['no file ids', { query: 'q', fileIds: [] }],
      ['a malformed file id', { query: 'q', fileIds: ['x'] }],
      ['an unknown field', { query: 'q', clerkId: 'user_1' }],
    ])('refuses %s', async (_kind, json) => {
      const tenant = await freshTenant()
      expectProblem(await search(tenant, json), 400, 'invalid_input')
    })

    it('says 502 when the provider fails', async () => {
      const tenant = await freshTenant()
      services.openai.failNext(500, 3)
      expectProblem(await search(tenant, { query: 'q' }), 502, 'provider_error')
    })
  })
}
