import { setTimeout as sleep } from 'node:timers/promises'
import type { Document } from 'mongodb'
import { beforeAll, describe, expect, it } from 'vitest'
import { overInstances } from '../../races/over-instances.ts'
import { countByKind, type Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { readStored, type Stored } from './stored.ts'
import { expectKept, storedWrong } from './verify.ts'

/** So many things happen at least, of each kind some. */
const DEEDS = 80
const instances = overInstances(1)
let ledger: Ledger

beforeAll(async () => {
  const load = await startLoad({ urls: [instances.nth(0).url], tenants: 2, clients: 6, pauseMs: 20 })
  while (load.ledger.effects.length < DEEDS) await sleep(100)
  ledger = await load.stop()
  console.log(`${ledger.calls.length} calls: ${JSON.stringify(countByKind(ledger.calls))}`)
}, 180_000)

it('a load that nothing disturbs is answered, and kept', async () => {
  const failed = ledger.calls.filter(({ status }) => status === 0 || status >= 500)
  expect(failed, instances.logs()).toEqual([])
  await expectKept(ledger)
})

const LOST = /but there is no/

/** Ways to lose something, to have it twice, or by half. */
const LOSSES: [string, (stored: Stored) => void, RegExp][] = [
  ['a user', ({ users }) => drop(users), LOST],
  ['the news of a user', ({ users }) => set(tenantIn(users), 'clerkUpdatedAt', 1), /acknowledged profile/],
  ['half of a profile', ({ users }) => set(tenantIn(users), 'firstName', 'Ada'), /nobody told/],
  ['an event', ({ polarevents }) => drop(polarevents), LOST],
  [
    'what an event does',
    ({ users }) => set(tenantIn(users), 'currentPeriodEnd', new Date(0)),
    /newest event says/,
  ],
  ['a key', ({ apikeys }) => drop(apikeys), LOST],
  ['nothing of a key, and has it twice', ({ apikeys }) => double(apikeys), /there are 2/],
  ['the end of a key', ({ apikeys }) => set(revokedIn(apikeys), 'revokedAt', null), /revocation/],
  ['a conversation', ({ chatconversations }) => drop(chatconversations), LOST],
  ['an answer', ({ chatconversations }) => drop(chatconversations[0]?.messages), /1 asked, 0 answered/],
  ['an exchange', ({ chatconversations: [first] }) => first?.messages.splice(0, 2), LOST],
  ['nothing of an exchange, and has it twice', ({ chatconversations: [one] }) => twice(one), /there are 2/],
  ['a unit of the quota', ({ usagecounters }) => add(monthIn(usagecounters), 'chatMessages', -1), /used/],
  ['a file', ({ knowledgefiles }) => drop(knowledgefiles), LOST],
  ['the end of a file', ({ pieces }) => add(pieces[0], 'size', -1), /in pieces/],
  ['the record of bytes', ({ knowledgefiles }) => drop(knowledgefiles), /belong to no file/],
  ['the charge of a file', ({ usagecounters }) => add(totalIn(usagecounters), 'files', -1), /charged/],
  ['a message', ({ contacts }) => drop(contacts), LOST],
  ['a follow-up, but not its count', ({ contacts }) => drop(followedIn(contacts)?.followUps), /counts/],
  ['a demo request', ({ demorequests }) => drop(demorequests), LOST],
  ['nothing of feedback, and has it twice', ({ feedbacks }) => double(feedbacks), /there are 2/],
  ['one of several events', ({ analyticevents }) => drop(analyticevents), /events are stored/],
  [
    'a row of the usage log',
    ({ usagelogs }) => usagelogs.splice(usagelogs.indexOf(loggedIn(usagelogs)), 1),
    /is not logged/,
  ],
  [
    'nothing of the usage log, and has it twice',
    ({ usagelogs }) => usagelogs.push(loggedIn(usagelogs)),
    /logged 2 times/,
  ],
]

describe('a database is told that', () => {
  it.each(LOSSES)('loses %s', async (_name, lose, told) => {
    const stored = await readStored(process.env.MONGODB_URI ?? '')
    lose(stored)
    expect(storedWrong(ledger, stored)).toContainEqual(expect.stringMatching(told))
  })
})

function drop(rows: Document[] | undefined): void {
  if (!rows?.pop()) throw new Error('there is nothing to lose')
}

function double(rows: Document[]): void {
  rows.push(found(rows, () => true))
}

function twice(conversation: Document | undefined): void {
  conversation?.messages.push(...conversation.messages.slice(0, 2))
}

function set(row: Document, field: string, value: unknown): void {
  row[field] = value
}

function add(row: Document | undefined, field: string, amount: number): void {
  if (row) row[field] += amount
}

function found(rows: Document[], isWanted: (row: Document) => boolean): Document {
  const row = rows.find(isWanted)
  if (!row) throw new Error('there is nothing to lose')
  return row
}

const tenantIn = (users: Document[]) =>
  found(users, ({ clerkId }) => ledger.tenants.some(tenant => tenant.clerkId === clerkId))
const revokedIn = (keys: Document[]) => found(keys, ({ revokedAt }) => revokedAt !== null)
const monthIn = (counters: Document[]) => found(counters, ({ period }) => period !== 'total')
const totalIn = (counters: Document[]) => found(counters, ({ period }) => period === 'total')
const followedIn = (contacts: Document[]) => found(contacts, ({ followUps }) => followUps.length > 0)
const loggedIn = (rows: Document[]) =>
  found(rows, ({ metadata }) => ledger.calls.some(({ requestId }) => requestId === metadata.requestId))
