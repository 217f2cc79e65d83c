import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { UsageCounter } from '../../../models/usage-counter.ts'
import { type Answer, type CallOptions, expectProblem } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'

const AT_ONCE = 50

/** Sends one request many times at once under one key, then once more. */
async function retried(tenant: Tenant, path: string, options: () => CallOptions): Promise<Answer[]> {
  const headers = { 'Idempotency-Key': randomUUID() }
  const send = () => tenant.call('POST', path, { ...options(), headers })
  return [...(await Promise.all(Array.from({ length: AT_ONCE }, send))), await send()]
}

/** One did it; each other was told to wait or got the same answer. */
function expectOneEffect(answers: Answer[], status: number): void {
  const did = answers.filter(
    answer => answer.status === status && !answer.headers.get('idempotency-replayed'),
  )
  expect(did).toHaveLength(1)
  for (const answer of answers) {
    if (answer.status === status) {
      expect(answer.body).toEqual(did[0]?.body)
      continue
    }
    expectProblem(answer, 409, 'conflict')
    expect(answer.headers.get('retry-after')).toBe('1')
  }
  expect(answers.at(-1)?.headers.get('idempotency-replayed')).toBe('true')
}

describe('fifty POSTs at once with one Idempotency-Key', () => {
  it.each([1, 2, 3])('make one key (round %i)', async () => {
    const tenant = await freshTenant()
    expectOneEffect(await retried(tenant, '/api/app/api-keys', () => ({ json: { name: 'one' } })), 201)
    expect(await ApiKey.countDocuments({ clerkId: tenant.clerkId })).toBe(1)
  })

  it('ask one question', async () => {
    const tenant = await freshTenant()
    expectOneEffect(await retried(tenant, '/api/ai?action=chat', () => ({ json: { message: 'hi' } })), 200)
    const { clerkId } = tenant
    expect(await ChatConversation.find({ clerkId }).lean()).toMatchObject([{ messageCount: 2 }])
    expect(await UsageCounter.find({ clerkId }).lean()).toMatchObject([{ chatMessages: 1 }])
  })

  it('store one file', async () => {
    const tenant = await freshTenant()
    expectOneEffect(await retried(tenant, '/api/files', () => ({ body: fileForm('same text') })), 201)
    const { clerkId } = tenant
    expect(await KnowledgeFile.countDocuments({ clerkId })).toBe(1)
    expect(await UsageCounter.find({ clerkId }).lean()).toMatchObject([{ files: 1, bytes: 9 }])
  })

  it('are refused alike by whoever differs', async () => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': randomUUID() }
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        tenant.call('POST', '/api/app/api-keys', { headers, json: { name: `number ${index}` } }),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    for (const answer of answers.filter(({ status }) => status !== 201))
      expectProblem(answer, 422, 'idempotency_mismatch')
    expect(await ApiKey.countDocuments({ clerkId: tenant.clerkId })).toBe(1)
  })
})
