import { describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'
import { EMBEDDINGS, expectError, lastSent } from './openai.ts'

const model = 'text-embedding-3-small'
type Embedding = { index: number; embedding: number[] }

describe('POST /api/v1/embeddings', () => {
  it('answers with OpenAI’s list, floats by default', async () => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', EMBEDDINGS, { json: { model, input: ['a sea', 'a ship'] } })
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({
      object: 'list',
      model,
      data: [
        { object: 'embedding', index: 0 },
        { object: 'embedding', index: 1 },
      ],
      usage: { prompt_tokens: 4, total_tokens: 4 },
    })
    for (const { embedding } of answer.body.data as Embedding[]) {
      expect(embedding).toHaveLength(1536)
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5)
    }
  })

  it('gives the same numbers in base64', async () => {
    const tenant = await freshTenant()
    const json = { model, input: 'Rivers rise', dimensions: 256 }
    const float = await tenant.call('POST', EMBEDDINGS, { json })
    const packed = await tenant.call('POST', EMBEDDINGS, { json: { ...json, encoding_format: 'base64' } })
    expectStatus(packed, 200)
    const bytes = Buffer.from(packed.body.data[0].embedding, 'base64')
    const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
    expect(Array.from(floats)).toEqual(float.body.data[0].embedding)
    expect(lastSent('/v1/embeddings')).toMatchObject({ dimensions: 256, encoding_format: 'base64' })
  })

  it('passes on what it does not know, and the provider’s model', async () => {
    const tenant = await freshTenant()
    const json = { model: `openai/${model}`, input: 'x', user: 'u', input_type: 'query' }
    expectStatus(await tenant.call('POST', EMBEDDINGS, { json }), 200)
    expect(lastSent('/v1/embeddings')).toEqual({ ...json, model, encoding_format: 'float' })
  })

  it('is metered, and counts no chat message', async () => {
    const tenant = await freshTenant()
    await tenant.call('POST', EMBEDDINGS, { json: { model, input: 'a sea' } })
    await background.drain()
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(0)
    expect(await UsageLog.findOne({ clerkId: tenant.clerkId }).lean()).toMatchObject({
      endpoint: EMBEDDINGS,
      metadata: {
        action: 'embed',
        model,
        promptTokens: 2,
        completionTokens: 0,
        tokens_used: 2,
        costUsd: 4e-8,
      },
    })
  })

  it.each([
    ['input', { model }],
    ['input', { model, input: '' }],
    ['input', { model, input: [] }],
    ['input', { model, input: Array(2049).fill('x') }],
    ['model', { input: 'x' }],
    ['model', { model: `knowledge/${model}`, input: 'x' }],
    ['encoding_format', { model, input: 'x', encoding_format: 'hex' }],
    ['dimensions', { model, input: 'x', dimensions: 9_999 }],
  ])('refuses a wrong %s', async (param, json) => {
    expectError(await (await freshTenant()).call('POST', EMBEDDINGS, { json }), 400, { param })
  })

  it('tells the provider’s failure', async () => {
    services.openai.failNext(500, 3)
    const answer = await (await freshTenant()).call('POST', EMBEDDINGS, { json: { model, input: 'x' } })
    expectError(answer, 502, { type: 'server_error', code: 'provider_error' })
  })
})
