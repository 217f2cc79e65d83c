import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import { IdempotencyRecord } from '../../../models/idempotency-record.ts'
import { startApi } from '../../helpers/api-process.ts'
import { type Answer, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { startSlowProvider } from './slow-provider.ts'

const path = '/api/ai?action=chat'

/** A chat that waits for its model in a process of its own. */
async function waitingChat(tenant: Tenant) {
  const provider = await startSlowProvider()
  const api = await startApi({ OPENAI_BASE_URL: provider.url })
  const request = { json: { message: 'once' }, headers: { 'Idempotency-Key': randomUUID() } }
  const headers = { ...tenant.session, ...request.headers }
  const answer = api.send('POST', path, { ...request, headers }).catch(() => null)
  await provider.asked
  return { provider, api, answer, request }
}

/** Retries when the lease is over, whose length other tests see to. */
async function retry(tenant: Tenant, request: object): Promise<Answer> {
  const { clerkId } = tenant
  await IdempotencyRecord.updateOne({ clerkId }, { $set: { leaseUntil: new Date(0) } })
  const answer = await tenant.call('POST', path, request)
  expectStatus(answer, 200)
  return answer
}

async function expectOneExchange({ clerkId }: Tenant): Promise<void> {
  expect(await ChatConversation.find({ clerkId }).lean()).toMatchObject([{ messageCount: 2 }])
  expect((await readCounters(clerkId)).chatMessages).toBe(1)
}

describe('a chat whose process', () => {
  it('is killed while the model thinks is answered once by the retry, and counted once', async () => {
    const tenant = await freshTenant()
    const { provider, api, answer, request } = await waitingChat(tenant)
    await api.stop('SIGKILL')
    expect(await answer).toBeNull()
    await retry(tenant, request)
    await expectOneExchange(tenant)
    await provider.close()
  })

  it('pauses while the model thinks, and wakes up after the retry, gives the retry’s answer', async () => {
    const tenant = await freshTenant()
    const { provider, api, answer, request } = await waitingChat(tenant)
    api.signal('SIGSTOP')
    // A renewal that was under way ends before the lease is called over.
    await sleep(200)
    const retried = await retry(tenant, request)
    await provider.answer('too late')
    api.signal('SIGCONT')
    const late = await answer
    expect(late?.status).toBe(200)
    expect(late?.body.message).toEqual(retried.body.message)
    await expectOneExchange(tenant)
    await api.stop()
    await provider.close()
  })
})
