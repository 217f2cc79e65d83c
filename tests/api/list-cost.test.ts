import { randomUUID } from 'node:crypto'
import { Types } from 'mongoose'
import { beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../lib/db/connect.ts'
import { countingLiveKeys, countLiveKeys } from '../../lib/keys/count-live.ts'
import { User } from '../../models/user.ts'
import { expectStatus } from '../helpers/call.ts'
import { commandsOf } from '../helpers/commands.ts'
import { explained } from '../helpers/explain.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'

const DOCUMENTS = 600
/** More than the planner looks at before it takes to an index. */
const LIVE_KEYS = 120

let owner: Tenant
let admin: Tenant

/** Every other document is the owner's, and of these every other one has the value that few lists want. */
const isOwn = (index: number) => index % 2 === 0
const isRare = (index: number) => index % 4 === 0

type Seed = (index: number, clerkId: string) => object

const seeds: Record<string, Seed> = {
  chatconversations: (index, clerkId) => ({
    clerkId,
    sessionId: randomUUID(),
    messages: [],
    messageCount: 0,
    conversationStatus: isRare(index) ? 'archived' : 'active',
    lastMessageAt: new Date(index),
  }),
  knowledgefiles: (index, clerkId) => ({
    clerkId,
    path: `uploads/${randomUUID()}`,
    name: 'notes.txt',
    mimeType: 'text/plain',
    status: isRare(index) ? 'failed' : 'ready',
  }),
  apikeys: (index, clerkId) => ({
    clerkId,
    keyHash: randomUUID(),
    keyPrefix: randomUUID(),
    replacedBy: null,
    revokedAt: index < 2 * LIVE_KEYS ? null : new Date(),
  }),
  feedbacks: (index, clerkId) => ({ clerkId, formType: isRare(index) ? 'contact' : 'demo', rating: 4 }),
  contacts: () => ({ name: 'Jean', email: `${randomUUID()}@example.com`, message: 'Hello', status: 'new' }),
  demorequests: () => ({
    name: 'Jean',
    email: `${randomUUID()}@example.com`,
    company: 'Example',
    businessNeeds: 'Much',
    status: 'pending',
  }),
  polarevents: index => ({
    eventId: randomUUID(),
    type: 'benefit.updated',
    payload: {},
    status: isRare(index) ? 'processed' : 'ignored',
  }),
}

beforeAll(async () => {
  owner = await freshTenant()
  admin = await freshTenant({ role: 'admin' })
  const plenty = { $set: { limits: { requestsPerMinute: null } } }
  for (const { clerkId } of [owner, admin]) await User.updateOne({ clerkId }, plenty)
  const db = await connect()
  const now = { createdAt: new Date(), updatedAt: new Date() }
  for (const [collection, seed] of Object.entries(seeds)) {
    const documents = Array.from({ length: DOCUMENTS }, (_, index) => {
      const clerkId = isOwn(index) ? owner.clerkId : `user_${index}`
      return { _id: new Types.ObjectId(), ...seed(index, clerkId), ...now }
    })
    await db.collection(collection).insertMany(documents)
  }
})

describe('a page of', () => {
  it.each([
    ['chatconversations', '/api/app/conversations?', false],
    ['chatconversations', '/api/app/conversations?status=archived&', false],
    ['knowledgefiles', '/api/files?', false],
    ['apikeys', '/api/app/api-keys?', false],
    ['apikeys', '/api/app/api-keys?includeRevoked=true&', false],
    ['feedbacks', '/api/admin/feedback?', true],
    ['feedbacks', '/api/admin/feedback?formType=contact&', true],
    ['polarevents', '/api/admin/polar-events?', true],
    ['polarevents', '/api/admin/polar-events?status=processed&', true],
  ])('%s reads what it shows, and so does the one after it: %s', async (collection, path, isAdmins) => {
    const asker = isAdmins ? admin : owner
    let cursor = ''
    for (const page of ['first', 'second']) {
      const ask = async () => {
        const answer = await asker.call('GET', `${path}limit=2${cursor}`)
        expectStatus(answer, 200)
        return answer
      }
      const read = await explained(collection, ask)
      expect(read.returned, page).toBeGreaterThan(0)
      expect(read.stages).toContain('IXSCAN')
      expect(read.stages).not.toContain('SORT')
      expect(read.keysExamined, page).toBeLessThanOrEqual(read.returned + 1)
      // The one that the cursor names may be looked at, too.
      expect(read.docsExamined, page).toBeLessThanOrEqual(read.returned + 1)
      cursor = `&cursor=${(await ask()).body.nextCursor}`
    }
  })
})

it.each([
  ['/api/admin/feedback', 'feedbacks'],
  ['/api/admin/contacts', 'contacts'],
  ['/api/admin/demo-requests', 'demorequests'],
])('a table of %s is read in small batches, however long it is', async (path, collection) => {
  const commands = await commandsOf(async () => {
    expectStatus(await admin.call('GET', path, { headers: { Accept: 'text/csv' } }), 200)
  })
  expect(commands).toContain(`find ${collection}`)
  const batches = commands.filter(command => command.startsWith('getMore'))
  expect(batches.length).toBeGreaterThanOrEqual(DOCUMENTS / 200 - 1)
})

describe('the number of keys that work', () => {
  it.each([
    ['of one tenant', () => countLiveKeys(owner.clerkId)],
    ['of several', () => countingLiveKeys([owner.clerkId, admin.clerkId], new Date()).exec()],
  ])('%s is counted without those that were revoked', async (_which, count) => {
    const read = await explained('apikeys', count)
    expect(read.docsExamined).toBe(LIVE_KEYS)
    expect(read.keysExamined).toBeLessThanOrEqual(LIVE_KEYS + 2)
  })
})
