import { parse } from 'csv-parse/sync'
import { beforeAll, describe, expect, it } from 'vitest'
import { Feedback } from '../../../models/feedback.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { rate } from './feedback.ts'

const path = '/api/admin/feedback'
let admin: Tenant
/** Newest first. */
const ids: string[] = []

beforeAll(async () => {
  admin = await freshTenant({ role: 'admin' })
  for (let rating = 1; rating <= 5; rating += 1) {
    const formType = rating % 2 ? 'demo' : 'contact'
    const { body } = await rate({ formType, rating, feedbackText: `=${rating}+1, "so", \nso` })
    ids.unshift(body.id)
  }
})

const idsOf = (data: { id: string }[]) => data.map(({ id }) => id)

describe('the list of feedback', () => {
  it('tells the newest first, each whole', async () => {
    const { body } = await admin.call('GET', path)
    expect(idsOf(body.data)).toEqual(ids)
    expect(body.nextCursor).toBeNull()
    expect(body.data[0]).toEqual({
      id: ids[0],
      formType: 'demo',
      rating: 5,
      feedbackText: '=5+1, "so", \nso',
      userEmail: null,
      userCompany: null,
      allowFollowup: false,
      clerkId: null,
      createdAt: expect.stringMatching(/Z$/),
    })
  })

  it('comes page by page, of one type or all, each page by one command', async () => {
    for (const [query, expected] of [
      ['', ids],
      ['&formType=contact', [ids[1], ids[3]]],
    ] as const) {
      const found: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body } = await admin.call('GET', `${path}?limit=2${query}${cursor && `&cursor=${cursor}`}`)
        found.push(...idsOf(body.data))
        cursor = body.nextCursor
      }
      expect(found).toEqual(expected)
    }
    const seen = await commandsOf(() => admin.call('GET', `${path}?formType=demo`))
    expect(seen.filter(name => name.endsWith('feedbacks'))).toEqual(['find feedbacks'])
  })

  it('finds one type by an index that sorts', async () => {
    const { queryPlanner } = (await Feedback.find({ formType: 'demo' })
      .sort({ _id: -1 })
      .explain('queryPlanner')) as unknown as { queryPlanner: { winningPlan: object } }
    const plan = JSON.stringify(queryPlanner.winningPlan)
    expect(plan).toContain('"formType_1__id_-1"')
    expect(plan).not.toContain('"SORT"')
  })

  it('refuses what it does not know', async () => {
    for (const query of ['cursor=nonsense', 'limit=0', 'limit=101', 'formType=survey'])
      expectProblem(await admin.call('GET', `${path}?${query}`), 400, 'invalid_input')
  })

  it('can be had whole as a table, safe for spreadsheets', async () => {
    const answer = await admin.call('GET', `${path}?limit=1&formType=demo`, {
      headers: { Accept: 'text/csv' },
    })
    expectStatus(answer, 200)
    const rows = parse(answer.body as string, { columns: true, bom: true }) as Record<string, string>[]
    expect(idsOf(rows as { id: string }[])).toEqual([ids[0], ids[2], ids[4]])
    expect(rows[0]).toMatchObject({ rating: '5', feedbackText: '\'=5+1, "so", \nso', allowFollowup: 'false' })
  })

  it('tells of rows that lack what was added later', async () => {
    const { insertedId } = await Feedback.collection.insertOne({
      formType: 'demo',
      rating: 1,
      createdAt: new Date(),
    } as never)
    const { body } = await admin.call('GET', `${path}?limit=1`)
    expect(body.data[0]).toMatchObject({ id: insertedId.toHexString(), allowFollowup: false, clerkId: null })
  })
})
