import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { retainConversations } from '../../../lib/chat/retain-conversations.ts'
import { connect } from '../../../lib/db/connect.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const KEPT_DAYS = 90

const runCron = () =>
  call('GET', '/api/cron/daily', { headers: { Authorization: `Bearer ${services.cronSecret}` } })

async function collection(name: 'chatconversations' | 'chatbuckets') {
  const { db } = await connect()
  if (!db) throw new Error('no database')
  return db.collection(name)
}

async function chat({ call: send }: Tenant, message: string): Promise<string> {
  const answer = await send('POST', '/api/ai?provider=openai&action=chat', { json: { message } })
  expectStatus(answer, 200)
  return answer.body.conversationId
}

/** Makes a conversation look as if nobody had touched it since. */
async function age(id: string, daysAgo: number, hoursAgo = 0): Promise<void> {
  const moment = new Date(Date.now() - daysAgo * DAY_MS - hoursAgo * HOUR_MS)
  const change = { $set: { lastMessageAt: moment, updatedAt: moment } }
  await (await collection('chatconversations')).updateOne({ _id: new Types.ObjectId(id) }, change)
}

async function statusOf(id: string): Promise<string | null> {
  const found = await (await collection('chatconversations')).findOne({ _id: new Types.ObjectId(id) })
  return found?.conversationStatus ?? null
}

async function addBucket({ clerkId }: Tenant, id: string): Promise<void> {
  const bucket = { conversation: new Types.ObjectId(id), clerkId, from: 0, messages: [] }
  await (await collection('chatbuckets')).insertOne(bucket)
}

const bucketsOf = async (id: string) =>
  (await collection('chatbuckets')).countDocuments({ conversation: new Types.ObjectId(id) })

describe('the daily work on conversations', () => {
  it('removes what was deleted more than 90 days ago with all its parts, and nothing younger', async () => {
    const tenant = await freshTenant()
    const [old, young] = [await chat(tenant, 'Long gone'), await chat(tenant, 'Just gone')]
    for (const id of [old, young]) {
      await addBucket(tenant, id)
      expectStatus(await tenant.call('DELETE', `/api/app/conversations/${id}`), 200)
    }
    await age(old, KEPT_DAYS, 1)
    await age(young, KEPT_DAYS, -1)
    const answer = await runCron()
    expectStatus(answer, 200)
    expect(answer.body.conversations).toEqual({ removed: 1, archived: 0 })
    expect([await statusOf(old), await bucketsOf(old)]).toEqual([null, 0])
    expect([await statusOf(young), await bucketsOf(young)]).toEqual(['deleted', 1])
  })

  it('archives what was silent for 90 days, which can be gone on with', async () => {
    const tenant = await freshTenant()
    const [silent, lively] = [await chat(tenant, 'Silent'), await chat(tenant, 'Lively')]
    await age(silent, KEPT_DAYS, 1)
    await age(lively, KEPT_DAYS, -1)
    expect((await runCron()).body.conversations).toEqual({ removed: 0, archived: 1 })
    expect([await statusOf(silent), await statusOf(lively)]).toEqual(['archived', 'active'])
    const listed = await tenant.call('GET', '/api/app/conversations?status=archived')
    expect(listed.body.data.map(({ id }: { id: string }) => id)).toEqual([silent])
    const json = { message: 'And now?', conversationId: silent }
    expectStatus(await tenant.call('POST', '/api/ai?provider=openai&action=chat', { json }), 200)
    expect(await statusOf(silent)).toBe('active')
  })

  it('leaves what is archived alone, however old', async () => {
    const tenant = await freshTenant()
    const id = await chat(tenant, 'Kept')
    expectStatus(
      await tenant.call('PATCH', `/api/app/conversations/${id}`, { json: { status: 'archived' } }),
      200,
    )
    await age(id, 1_000)
    expect((await runCron()).body.conversations).toEqual({ removed: 0, archived: 0 })
    expectStatus(await tenant.call('GET', `/api/app/conversations/${id}`), 200)
  })

  it('does each conversation once when it runs twice at once, more than a batch of them', async () => {
    const ages = (status: string, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const moment = new Date(Date.now() - (KEPT_DAYS + 1 + index) * DAY_MS)
        return {
          sessionId: `s${index}`,
          clerkId: null,
          conversationStatus: status,
          lastMessageAt: moment,
          updatedAt: moment,
        }
      })
    await (await collection('chatconversations')).insertMany([
      ...ages('deleted', 450),
      ...ages('active', 450),
    ])
    const reports = await Promise.all([retainConversations(), retainConversations(), retainConversations()])
    const sum = (name: 'removed' | 'archived') => reports.reduce((total, report) => total + report[name], 0)
    expect([sum('removed'), sum('archived')]).toEqual([450, 450])
    expect(await retainConversations()).toEqual({ removed: 0, archived: 0 })
  })

  it('begins nothing when its time is over', async () => {
    const tenant = await freshTenant()
    const id = await chat(tenant, 'Old')
    await age(id, KEPT_DAYS + 1)
    expect(await retainConversations({ until: new Date() })).toEqual({ removed: 0, archived: 0 })
    expect(await statusOf(id)).toBe('active')
    expect(await retainConversations()).toEqual({ removed: 0, archived: 1 })
  })

  it('makes a removed conversation one that never was', async () => {
    const tenant = await freshTenant()
    const id = await chat(tenant, 'Gone')
    await tenant.call('DELETE', `/api/app/conversations/${id}`)
    await age(id, KEPT_DAYS + 1)
    await retainConversations()
    expectProblem(await tenant.call('GET', `/api/app/conversations/${id}`), 404, 'not_found')
  })
})
