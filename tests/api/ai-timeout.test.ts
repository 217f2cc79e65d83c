import { describe, expect, it } from 'vitest'
import { readCounters } from '../../lib/limits/counters.ts'
import { expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { ask, countConversations } from './ai-chat.ts'
import { upload } from './files/stored.ts'

// Settings are read when the first request comes.
process.env.AI_TIMEOUT_MS = '1000'

describe('a provider that hangs', () => {
  it('is waited for as long as AI_TIMEOUT_MS says, once: 504, with the unit given back', async () => {
    const tenant = await freshTenant()
    const before = await countConversations()
    services.openai.failNext(0)
    const started = performance.now()
    const answer = await ask(tenant, { message: 'Hi' })
    const waited = performance.now() - started
    expectProblem(answer, 504, 'provider_timeout')
    expect(waited).toBeGreaterThan(900)
    expect(waited).toBeLessThan(2_500)
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(0)
    expect(await countConversations()).toBe(before)
    expectStatus(await ask(tenant, { message: 'Hi' }), 200)
  })

  it('fails a search, too', async () => {
    const tenant = await freshTenant()
    services.openai.failNext(0)
    const answer = await tenant.call('POST', '/api/files/search', { json: { query: 'Hi' } })
    expectProblem(answer, 504, 'provider_timeout')
  })

  it('fails no file that is ingested: it is asked again', async () => {
    const tenant = await freshTenant()
    services.openai.failNext(0)
    const file = await upload(tenant, 'A sentence.', 'a.txt')
    expect(file).toMatchObject({ status: 'ready', error: null, chunks: 1 })
  })
})
