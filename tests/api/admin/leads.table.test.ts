import { once } from 'node:events'
import { request } from 'node:http'
import { parse } from 'csv-parse/sync'
import type { CommandStartedEvent } from 'mongodb'
import { Types } from 'mongoose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { type RunningServer, serveRouter } from '../../../scripts/server/serve.ts'
import { sourceRouter } from '../../../scripts/server/source-router.ts'
import { expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { explained } from '../../helpers/explain.ts'
import { root } from '../../helpers/run-script.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { freshMark, PIPELINES } from './leads.ts'

let admin: Tenant
let server: RunningServer
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin', plan: 'enterprise' })
  server = await serveRouter(await sourceRouter(root), 0)
})
afterAll(() => server.close())

const CSV = { Accept: 'text/csv' }

async function rowsOf(url: string): Promise<Record<string, string>[]> {
  const answer = await admin.call('GET', url, { headers: CSV })
  expectStatus(answer, 200)
  return parse(answer.body, { columns: true, bom: true })
}

describe.each(PIPELINES)('GET $path as a table', ({ path, noun, statuses, add, collection }) => {
  const [first, second] = statuses

  it('has a row for each that status and query select, newest first, whatever the limit', async () => {
    const company = freshMark()
    const ids: string[] = []
    for (let i = 0; i < 5; i += 1) ids.unshift(await add({ company, status: i % 2 ? second : first }))
    const idsOf = async (query: string) => (await rowsOf(`${path}?${query}`)).map(({ id }) => id)
    expect(await idsOf(`q=${company}&limit=1`)).toEqual(ids)
    expect(await idsOf(`q=${company}&status=${second}`)).toEqual([ids[1], ids[3]])
    expect(await idsOf(`q=${freshMark()}`)).toEqual([])
    expect(await idsOf(`status=${second}`)).toEqual(expect.arrayContaining([ids[1], ids[3]]))
    expect(await idsOf('')).toEqual(expect.arrayContaining(ids))
  })

  it('is a download named after the list', async () => {
    const { headers } = await admin.call('GET', path, { headers: CSV })
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${noun}.csv"`)
    expect(headers.get('content-type')).toContain('text/csv')
  })

  it('has no formulas in it', async () => {
    const company = freshMark()
    await add({ company: `=${company}`, name: '@SUM(A1)', phone: '+33 1' })
    expect(await rowsOf(`${path}?q=${company}`)).toMatchObject([
      { company: `'=${company}`, name: "'@SUM(A1)", phone: "'+33 1" },
    ])
  })

  it('is read from the index in the order it is sent', async () => {
    const company = freshMark()
    for (let i = 0; i < 5; i += 1) await add({ company, status: second })
    const url = `${path}?q=${company}&status=${second}`
    const read = await explained(collection.collectionName, () => admin.call('GET', url, { headers: CSV }))
    expect(read).toMatchObject({ keysExamined: 5, docsExamined: 5, returned: 5 })
    expect(read.stages).not.toContain('SORT')
  })

  describe('of many', () => {
    const company = freshMark()
    const url = `${path}?q=${company}`
    const total = 5_000

    beforeAll(async () => {
      const many = Array.from({ length: total }, (_, i) => ({
        _id: new Types.ObjectId(),
        name: `n ${i}`,
        email: `${i}@${company}.example`,
        company,
        message: 'x'.repeat(2_000),
        businessNeeds: 'b',
        status: first,
        searchTerms: [company],
      }))
      await collection.insertMany(many)
    })

    it('has them all, in batches', async () => {
      let found: object[] = []
      const commands = await commandsOf(async () => {
        found = await rowsOf(url)
      })
      expect(found).toHaveLength(total)
      expect(new Set(found.map(row => JSON.stringify(row))).size).toBe(total)
      const batches = commands.filter(name => name.startsWith('getMore')).length
      expect(batches).toBeGreaterThanOrEqual(total / 200 - 1)
    })

    it('reads on only as the client takes it, and closes its cursor when the client goes', async () => {
      const client = (await connect()).getClient()
      const closed = Promise.withResolvers<void>()
      const batches: string[] = []
      const note = ({ commandName, command }: CommandStartedEvent) => {
        if (commandName === 'getMore') batches.push(command.collection)
        if (commandName === 'killCursors' && command.killCursors === collection.collectionName)
          closed.resolve()
      }
      client.on('commandStarted', note)
      const sent = request(`${server.url}${url}`, { agent: false, headers: { ...admin.session, ...CSV } })
      sent.on('error', () => {})
      sent.end()
      const [response] = await once(sent, 'response')
      expect(response.statusCode).toBe(200)
      await once(response, 'readable')
      sent.destroy()
      await closed.promise
      client.off('commandStarted', note)
      expect(batches.length).toBeLessThan(total / 200 - 1)
    })
  })
})

describe('the columns', () => {
  const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)

  it('of contacts', async () => {
    const company = freshMark()
    const id = await PIPELINES[0].add({
      company,
      message: 'a\n"b", c',
      followUpCount: 2,
      email: 'a@b.example',
    })
    const [row] = await rowsOf(`/api/admin/contacts?q=${company}`)
    expect(Object.entries(row ?? {})).toEqual([
      ['id', id],
      ['createdAt', moment],
      ['status', 'new'],
      ['name', 'Jean'],
      ['email', 'a@b.example'],
      ['phone', ''],
      ['company', company],
      ['message', 'a\n"b", c'],
      ['source', 'website'],
      ['followUpCount', '2'],
      ['updatedAt', moment],
    ])
  })

  it('of demo requests', async () => {
    const company = freshMark()
    const said = {
      phone: '1',
      jobTitle: 'j',
      companySize: 's',
      industry: 'i',
      businessNeeds: 'b',
      useCase: 'u',
      timeline: 't',
      message: 'm',
    }
    const preferredDate = new Date('2027-01-02T03:04:05Z')
    const id = await PIPELINES[1].add({
      company,
      email: 'a@b.example',
      ...said,
      preferredDate,
      clerkId: 'user_1',
    })
    const [row] = await rowsOf(`/api/admin/demo-requests?q=${company}`)
    expect(Object.entries(row ?? {})).toEqual([
      ['id', id],
      ['createdAt', moment],
      ['status', 'pending'],
      ['name', 'Jean'],
      ['email', 'a@b.example'],
      ['company', company],
      ...Object.entries(said),
      ['preferredDate', '2027-01-02T03:04:05.000Z'],
      ['type', 'demo_request'],
      ['clerkId', 'user_1'],
      ['updatedAt', moment],
    ])
  })
})
