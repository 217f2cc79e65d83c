import { setTimeout as sleep } from 'node:timers/promises'
import mongoose from 'mongoose'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { monthOf } from '../../lib/limits/counters.ts'
import { UsageCounter } from '../../models/usage-counter.ts'
import { allEvents, readEvents } from '../helpers/events.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { ask, storedConversation } from './ai-chat.ts'
import { stream, used } from './ai-streaming.ts'

/** Long enough for a chat to reach its provider. */
const WHILE_MS = 500
const PATIENT = { timeout: 5_000 }
/** What runs at the moment is no document that a majority could have. */
const LOCAL = { readConcern: { level: 'local' } } as const

/** Keeps the count of a tenant's messages from being written; gives what lets go of it. */
async function holdCounter({ clerkId }: Tenant): Promise<() => Promise<void>> {
  const session = await mongoose.startSession()
  session.startTransaction()
  const counter = { clerkId, period: monthOf(new Date()) }
  await UsageCounter.updateOne(counter, { $set: { bytes: 1 } }, { session })
  const letGo = async () => {
    if (session.inTransaction()) await session.abortTransaction()
    await session.endSession()
  }
  onTestFinished(letGo)
  return letGo
}

async function ofPlan(plan: 'professional' | 'enterprise'): Promise<Tenant> {
  const tenant = await freshTenant({ plan })
  expect((await ask(tenant, { message: 'Hello' })).status).toBe(200)
  return tenant
}

const timesAsked = (message: string) =>
  services.openai.requests().filter(({ body }) => JSON.stringify(body).includes(message)).length

/** Ends the write that waits for the counter, as a server does that is in trouble. */
async function breakCount(): Promise<void> {
  const admin = mongoose.connection.getClient().db('admin')
  const waiting = { ns: /usagecounters$/, op: { $in: ['update', 'command'] }, type: 'op' }
  const found = await vi.waitFor(async () => {
    const ops = await admin.aggregate([{ $currentOp: {} }, { $match: waiting }], LOCAL).toArray()
    expect(ops).not.toEqual([])
    return ops
  }, PATIENT)
  for (const { opid } of found) await admin.command({ killOp: 1, op: opid })
}

describe('a chat while its message cannot be counted yet', () => {
  it('reaches the provider if nothing limits the caller, and ends once it is counted', async () => {
    const tenant = await ofPlan('enterprise')
    const letGo = await holdCounter(tenant)
    const response = await stream(tenant, { message: 'Say it in 5 words' })
    const seen: (string | undefined)[] = []
    const reading = (async () => {
      for await (const { event } of readEvents(response)) seen.push(event)
    })()
    await vi.waitFor(() => expect(seen.filter(event => event === 'delta')).toHaveLength(5), PATIENT)
    await sleep(WHILE_MS)
    expect(seen).not.toContain('completed')
    await letGo()
    await reading
    expect(seen.at(-1)).toBe('completed')
    expect(await used(tenant)).toBe(2)
  })

  it('does not reach the provider if there is a limit, though it is far', async () => {
    const tenant = await ofPlan('professional')
    const letGo = await holdCounter(tenant)
    const message = `Held for ${tenant.clerkId}`
    const answer = ask(tenant, { message })
    await sleep(WHILE_MS)
    expect(timesAsked(message)).toBe(0)
    await letGo()
    expect((await answer).status).toBe(200)
    expect(timesAsked(message)).toBe(1)
    expect(await used(tenant)).toBe(2)
  })
})

describe('a chat without a limit whose message cannot be counted', () => {
  it('ends in a problem, and neither is stored nor counted', async () => {
    const tenant = await ofPlan('enterprise')
    const letGo = await holdCounter(tenant)
    const response = await stream(tenant, { message: 'Tell me 500 words' })
    const events = allEvents(response)
    await breakCount()
    expect((await events).at(-1)).toMatchObject({
      event: 'error',
      data: { status: 503, code: 'unavailable' },
    })
    await letGo()
    const id = response.headers.get('x-conversation-id') ?? ''
    await sleep(WHILE_MS)
    expect(await storedConversation(id)).toBeNull()
    expect(await used(tenant)).toBe(1)
  })

  it('as a JSON answer, too', async () => {
    const tenant = await ofPlan('enterprise')
    const letGo = await holdCounter(tenant)
    const answer = ask(tenant, { message: 'Hello again' })
    await breakCount()
    expect(await answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    await letGo()
    expect(await used(tenant)).toBe(1)
  })

  it('leaves the provider alone from then on', async () => {
    const tenant = await ofPlan('enterprise')
    await holdCounter(tenant)
    const message = `Tell me 300 words of ${tenant.clerkId}`
    const events = allEvents(await stream(tenant, { message }))
    await vi.waitFor(() => expect(timesAsked(message)).toBe(1), PATIENT)
    const before = services.openai.disconnects()
    await breakCount()
    await events
    await vi.waitFor(() => expect(services.openai.disconnects()).toBe(before + 1), PATIENT)
  })
})
