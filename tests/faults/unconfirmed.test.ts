import { setTimeout as sleep } from 'node:timers/promises'
import type { Document } from 'mongodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { clerkDelivery, clerkUserData } from '../../scripts/local/clerk/webhooks.ts'
import { polarSubscription } from '../../scripts/local/polar/payloads.ts'
import { polarDelivery, polarTimestamp } from '../../scripts/local/polar/webhooks.ts'
import { type Api, startApi } from '../helpers/api-process.ts'
import { runScript } from '../helpers/run-script.ts'
import { services } from '../setup/services.ts'
import { stopReplication } from './failover.ts'
import { newMark } from './mixed/hand.ts'
import { readStored, type Stored } from './mixed/stored.ts'
import { type ReplicaSet, startReplicaSet } from './replica-set.ts'

/** How often each is sent while no majority confirms anything: the first of them leaves a trace on the primary. */
const TIMES = 2
const PATIENCE_MS = 30_000
const clerkId = `user_${newMark()}`
const json = { 'Content-Type': 'application/json' }

type Sent = { method?: string; path: string; headers: Record<string, string>; body?: string }
/** A request, and what it leaves. */
type Case = { request: Sent; left: (stored: Stored) => Document[] }

let set: ReplicaSet
let api: Api
const meanwhile: Record<string, number[]> = {}
const later: Record<string, { status: number; kept: number }> = {}

beforeAll(async () => {
  set = await startReplicaSet({
    databaseName: 'unconfirmed',
    electionTimeoutMs: 2_000,
    parameters: ['enableTestCommands=1'],
  })
  const { code, output } = await runScript('scripts/db-indexes.ts', [], { MONGODB_URI: set.uri })
  if (code !== 0) throw new Error(output)
  api = await startApi({ MONGODB_URI: set.uri })
  expect(await send(profile(clerkId))).toBe(200)
  const cases = Object.entries(await makeCases())

  const goOn = await stopReplication({ set })
  await Promise.all(
    cases.map(async ([name, { request }]) => {
      const told: number[] = []
      for (let time = 0; time < TIMES; time += 1) told.push(await send(request))
      meanwhile[name] = told
    }),
  )
  const killed = await set.primary()
  await killed.kill()
  await goOn()
  await set.primary()
  const statuses = await Promise.all(cases.map(([, { request }]) => untilTaken(request)))
  const stored = await readStored(set.uri)
  cases.forEach(([name, { left }], index) => {
    later[name] = { status: statuses[index] ?? 0, kept: left(stored).length }
  })
}, 120_000)

afterAll(async () => {
  await api?.stop('SIGKILL')
  await set?.stop()
})

const OF_WEBHOOKS = ['profile', 'deletion', 'subscription', 'order', 'stranger']
const NAMES = [...OF_WEBHOOKS, 'contact', 'feedback', 'key', 'revocation']

it.each(NAMES)('%s: what no majority has is not acknowledged, however often it is sent', name => {
  expect(meanwhile[name]).toEqual(Array(TIMES).fill(503))
})

it.each(NAMES)('%s: once a majority can have it, it is taken and kept', name => {
  expect(later[name]).toEqual({ status: expect.toSatisfy(status => status < 300), kept: 1 })
})

async function send(request: Sent): Promise<number> {
  const answer = await ask(request)
  await answer.body?.cancel()
  return answer.status
}

function ask({ method = 'POST', path, ...more }: Sent): Promise<Response> {
  return fetch(`${api.url}${path}`, { method, ...more })
}

/** Sends it again while an earlier attempt may be at it, or there is no primary. */
async function untilTaken(request: Sent): Promise<number> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const status = await send(request)
    if (![409, 503].includes(status) || Date.now() > deadline) return status
    await sleep(250)
  }
}

async function makeCases(): Promise<Record<string, Case>> {
  const session = { Authorization: `Bearer ${await services.clerk.sessionToken(clerkId)}` }
  const keyed = (path: string, body: object): Sent => {
    return {
      path,
      headers: { ...json, ...session, 'Idempotency-Key': newMark() },
      body: JSON.stringify(body),
    }
  }
  const [person, gone, contact, opinion, key] = Array.from({ length: 5 }, newMark)
  const made = await ask(keyed('/api/app/api-keys', {}))
  const { id } = (await made.json()) as { id: string }
  const form = { formType: 'contact', name: 'Ada', email: `${contact}@example.com`, message: 'Hello' }
  return {
    profile: {
      request: profile(person ?? ''),
      left: ({ users }) => users.filter(one => one.clerkId === person),
    },
    deletion: {
      request: clerk('user.deleted', { id: gone, deleted: true }),
      left: ({ users }) => users.filter(one => one.clerkId === gone && one.deletedAt),
    },
    subscription: billing('subscription.active', clerkId),
    order: billing('order.paid', clerkId),
    stranger: billing('subscription.active', newMark()),
    contact: {
      request: keyed('/api/forms', form),
      left: ({ contacts }) => contacts.filter(one => one.email === form.email),
    },
    feedback: {
      request: keyed('/api/feedback', { formType: 'contact', rating: 5, feedbackText: opinion }),
      left: ({ feedbacks }) => feedbacks.filter(one => one.feedbackText === opinion),
    },
    revocation: {
      request: { method: 'DELETE', path: `/api/app/api-keys?keyId=${id}`, headers: session },
      left: ({ apikeys }) => apikeys.filter(one => String(one._id) === id && one.revokedAt),
    },
    key: {
      request: keyed('/api/app/api-keys', { name: key }),
      left: ({ apikeys }) => apikeys.filter(one => one.name === key),
    },
  }
}

function profile(id: string): Sent {
  return clerk('user.created', clerkUserData({ id, firstName: 'Ada', updatedAt: Date.now() }))
}

function clerk(type: string, data: object): Sent {
  const signed = clerkDelivery(services.clerk.webhookSecret, { type, data }, { id: newMark() })
  return { path: '/api/webhooks/clerk', ...signed }
}

function billing(type: string, externalId: string): Case {
  const { products, webhookSecret } = services.polar
  const about = { id: crypto.randomUUID(), externalId, productId: products.enterprise, products }
  const data = polarSubscription({ ...about, currentPeriodEnd: new Date(Date.now() + 86_400_000) })
  const [eventId, event] = [newMark(), { type, timestamp: polarTimestamp(), data }]
  const signed = polarDelivery(webhookSecret, event, { id: eventId })
  return {
    request: { path: '/api/polar/webhook', ...signed },
    left: ({ polarevents }) => polarevents.filter(one => one.eventId === eventId),
  }
}
