import { randomUUID } from 'node:crypto'
import type { CommandStartedEvent, CommandSucceededEvent } from 'mongodb'
import { afterEach, describe, expect, it } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { recordRequest } from '../../../lib/usage/record-request.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'

const INSERT = 'insert usagelogs'

const record = (clerkId: string) => ({
  clerkId,
  endpoint: '/api/app/me',
  method: 'GET' as const,
  status: 200,
  responseTimeMs: 1,
  userAgent: null,
  ip: null,
  metadata: {},
})

const insertsOf = async (work: () => Promise<unknown>) => {
  const commands = await commandsOf(async () => {
    await work()
    await background.drain()
  })
  return commands.filter(command => command === INSERT).length
}

/** Makes the database accept only rows that match, until it is called without a rule. */
async function acceptOnly(rule: object = {}): Promise<void> {
  const { db } = await connect()
  await db?.command({ collMod: 'usagelogs', validator: rule })
}

/** Resolves when the database has answered an insert of usage rows. */
async function insertAnswered(): Promise<void> {
  const client = (await connect()).getClient()
  const { promise, resolve } = Promise.withResolvers<void>()
  let insert: number | undefined
  const begin = ({ commandName, command, requestId }: CommandStartedEvent) => {
    if (commandName === 'insert' && command.insert === 'usagelogs') insert = requestId
  }
  const end = ({ requestId }: CommandSucceededEvent) => {
    if (requestId === insert) resolve()
  }
  client.on('commandStarted', begin).on('commandSucceeded', end)
  await promise
  client.off('commandStarted', begin).off('commandSucceeded', end)
}

afterEach(() => acceptOnly())

describe('rows of requests', () => {
  it('that end together are written together', async () => {
    const clerkId = randomUUID()
    const inserts = await insertsOf(async () => {
      for (let index = 0; index < 500; index++) recordRequest(record(clerkId))
    })
    expect(inserts).toBe(1)
    expect(await UsageLog.countDocuments({ clerkId })).toBe(500)
  })

  it('come in bounded inserts, none lost', async () => {
    const clerkId = randomUUID()
    const inserts = await insertsOf(async () => {
      for (let index = 0; index < 2_500; index++) recordRequest(record(clerkId))
    })
    expect(inserts).toBe(3)
    expect(await UsageLog.countDocuments({ clerkId })).toBe(2_500)
  })

  it('of concurrent requests of several tenants share a few inserts', async () => {
    const tenants = await Promise.all([freshTenant(), freshTenant(), freshTenant()])
    await background.drain()
    const begun = performance.now()
    const inserts = await insertsOf(() =>
      Promise.all(
        tenants.flatMap(tenant => Array.from({ length: 20 }, () => tenant.call('GET', '/api/app/me'))),
      ),
    )
    // One per 50 ms at most, however many requests end meanwhile.
    expect(inserts).toBeLessThanOrEqual(1 + (performance.now() - begun) / 50)
    for (const { clerkId } of tenants) expect(await UsageLog.countDocuments({ clerkId })).toBe(20)
  })

  it('that come while others are being written are written after', async () => {
    const clerkId = randomUUID()
    recordRequest(record(clerkId))
    await insertAnswered()
    recordRequest(record(clerkId))
    await background.drain()
    expect(await UsageLog.countDocuments({ clerkId })).toBe(2)
  })
})

describe('a database that refuses rows', () => {
  it('is asked again, and gets each row once', async () => {
    const clerkId = randomUUID()
    await acceptOnly({ clerkId: 'nobody' })
    const inserts = await insertsOf(async () => {
      const refused = insertAnswered()
      recordRequest(record(clerkId))
      await refused
      expect(await UsageLog.countDocuments({ clerkId })).toBe(0)
      await acceptOnly()
    })
    expect(inserts).toBe(2)
    expect(await UsageLog.countDocuments({ clerkId })).toBe(1)
  })

  it('gets no row twice that it took the first time', async () => {
    const [taken, refused] = [randomUUID(), randomUUID()]
    await acceptOnly({ clerkId: { $ne: refused } })
    const inserts = await insertsOf(async () => {
      const answered = insertAnswered()
      for (const clerkId of [taken, refused, taken]) recordRequest(record(clerkId))
      await answered
      await acceptOnly()
    })
    expect(inserts).toBe(2)
    expect(await UsageLog.countDocuments({ clerkId: taken })).toBe(2)
    expect(await UsageLog.countDocuments({ clerkId: refused })).toBe(1)
  })

  it('for good costs the caller nothing but the row', async () => {
    const tenant = await freshTenant()
    await acceptOnly({ clerkId: 'nobody' })
    const answer = await tenant.call('GET', '/api/app/me')
    expectStatus(answer, 200)
    await background.drain()
    expect(await UsageLog.countDocuments({ clerkId: tenant.clerkId })).toBe(0)
  })
})

it('a request is answered before its row is written', async () => {
  const tenant = await freshTenant()
  await background.drain()
  const client = (await connect()).getClient()
  let answered = false
  const answeredAtInsert: boolean[] = []
  const note = ({ commandName, command }: CommandStartedEvent) => {
    if (commandName === 'insert' && command.insert === 'usagelogs') answeredAtInsert.push(answered)
  }
  client.on('commandStarted', note)
  await tenant.call('GET', '/api/app/me')
  answered = true
  await background.drain()
  client.off('commandStarted', note)
  expect(answeredAtInsert).toEqual([true])
})
