import { describe, expect, it } from 'vitest'
import { call, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { complete, EMBEDDINGS, expectError, MODELS } from './openai.ts'

// Settings are read when the first request comes.
process.env.GROQ_API_KEY = 'gsk-test'
process.env.GROQ_CHAT_MODEL = 'vendor/their-model'

type Model = { id: string; object: string; created: number; owned_by: string }

async function listed(): Promise<Model[]> {
  const answer = await (await freshTenant()).call('GET', MODELS)
  expectStatus(answer, 200)
  expect(Object.keys(answer.body)).toEqual(['object', 'data'])
  expect(answer.body.object).toBe('list')
  return answer.body.data
}

describe('GET /api/v1/models', () => {
  it('lists what the configured providers offer, under the names to ask by', async () => {
    const models = await listed()
    const ids = models.map(({ id }) => id)
    expect(ids).toEqual(
      expect.arrayContaining([
        'gpt-4o-mini',
        'knowledge/gpt-4o-mini',
        'text-embedding-3-small',
        'groq/vendor/their-model',
        'knowledge/groq/vendor/their-model',
      ]),
    )
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).not.toContain('knowledge/text-embedding-3-small')
    expect(ids.filter(id => /^(knowledge\/)?(anthropic|gemini|vertex)\//.test(id))).toEqual([])
    for (const model of models)
      expect(model).toEqual({
        id: model.id,
        object: 'model',
        created: 0,
        owned_by: model.id.includes('groq/') ? 'groq' : 'openai',
      })
  })

  it('lists names that work', async () => {
    const tenant = await freshTenant({ plan: 'enterprise' })
    for (const { id, owned_by } of await listed()) {
      if (owned_by !== 'openai') continue
      const answer = id.startsWith('text-embedding')
        ? await tenant.call('POST', EMBEDDINGS, { json: { model: id, input: 'x' } })
        : await complete(tenant, { model: id, messages: [{ role: 'user', content: 'Hi' }] })
      expectStatus(answer, 200)
    }
  })
})

describe('GET /api/v1/models/{model}', () => {
  it('gives each listed model', async () => {
    const tenant = await freshTenant()
    const models = await listed()
    const picked = models.filter(({ id }) => /gpt-4o-mini|their-model/.test(id))
    expect(picked.length).toBeGreaterThan(3)
    for (const model of picked) {
      const answer = await tenant.call('GET', `${MODELS}/${encodeURIComponent(model.id)}`)
      expectStatus(answer, 200)
      expect(answer.body).toEqual(model)
    }
  })

  it.each(['nothing', 'claude-sonnet-4-5', 'groq%2Fnothing', '%E0%A4%A'])('is 404 for %s', async name => {
    const tenant = await freshTenant()
    expectError(await tenant.call('GET', `${MODELS}/${name}`), 404, {})
  })

  it('asks who is calling', async () => {
    expectError(await call('GET', `${MODELS}/gpt-4o-mini`), 401, { code: 'invalid_api_key' })
  })
})
