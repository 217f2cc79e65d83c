import { Types } from 'mongoose'
import { beforeAll, describe, expect, it } from 'vitest'
import { ACROSS_TENANTS } from '../../../lib/db/tenant-guard.ts'
import { Contact } from '../../../models/contact.ts'
import { User } from '../../../models/user.ts'
import { expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { explained } from '../../helpers/explain.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { freshMark, nobody, PIPELINES } from './leads.ts'

let admin: Tenant
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin', plan: 'enterprise' })
})

type Item = { id: string; notes: { text: string }[]; [field: string]: unknown }

async function get(url: string): Promise<{ data: Item[]; nextCursor: string | null } & Item> {
  const answer = await admin.call('GET', url)
  expectStatus(answer, 200)
  return answer.body
}

const noteBy = (authorId: Types.ObjectId, text: string, ms: number) => ({
  text,
  authorId,
  createdAt: new Date(ms),
})

describe.each(PIPELINES)('GET $path', ({ path, statuses, add, noun, collection }) => {
  const [first, second] = statuses

  it.each(['none', 'status', 'q', 'both'])(
    'pages without gap or doubling while new ones arrive: %s',
    async by => {
      const company = freshMark()
      const made: string[] = []
      for (let i = 0; i < 7; i += 1) made.unshift(await add({ company, status: second }))
      const query = {
        none: '',
        status: `&status=${second}`,
        q: `&q=${company}`,
        both: `&q=${company}&status=${second}`,
      }
      const seen: string[] = []
      let cursor = ''
      do {
        const page = await get(`${path}?limit=2${query[by as keyof typeof query]}${cursor}`)
        expect(page.data.length).toBeLessThanOrEqual(2)
        seen.push(...page.data.map(({ id }) => id))
        if (seen.length <= 6) await add({ company, status: second })
        cursor = page.nextCursor ? `&cursor=${page.nextCursor}` : ''
      } while (cursor)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.filter(id => made.includes(id))).toEqual(made)
      if (by === 'q' || by === 'both') expect(seen).toEqual(made)
    },
  )

  it('shows what a status and a query both select', async () => {
    const company = freshMark()
    const one = await add({ company })
    const other = await add({ company, status: second })
    await add({ status: second })
    const idsOf = async (query: string) => (await get(`${path}?${query}`)).data.map(({ id }) => id)
    expect(await idsOf(`q=${company}`)).toEqual([other, one])
    expect(await idsOf(`q=${company}&status=${first}`)).toEqual([one])
    expect(await idsOf(`q=${company}&status=${second}`)).toEqual([other])
    expect(await idsOf(`q=${company}&status=${statuses[3]}`)).toEqual([])
  })

  it('shows the newest 20 notes, oldest first, with their authors; one alone shows all', async () => {
    const company = freshMark()
    const author = await User.findOne({ clerkId: admin.clerkId }).orFail().lean()
    const notes = Array.from({ length: 25 }, (_, i) => noteBy(author._id, `note ${i}`, i))
    notes.push(noteBy(new Types.ObjectId(nobody), 'of one who is gone', 25))
    const id = await add({ company, notes })
    const [listed] = (await get(`${path}?q=${company}`)).data
    const whole = await get(`${path}/${id}`)
    const texts = (lead: Item | undefined) => lead?.notes.map(({ text }) => text)
    expect(texts(listed)).toEqual(notes.slice(-20).map(({ text }) => text))
    expect(texts(whole)).toEqual(notes.map(({ text }) => text))
    for (const shown of [listed, whole])
      expect(shown?.notes.slice(-2)).toEqual([
        {
          text: 'note 24',
          author: { id: author._id.toHexString(), email: author.email },
          createdAt: new Date(24).toISOString(),
        },
        {
          text: 'of one who is gone',
          author: { id: nobody, email: null },
          createdAt: new Date(25).toISOString(),
        },
      ])
  })

  it('asks once for the authors of a whole page', async () => {
    const company = freshMark()
    const authors = await User.find({ deletedAt: null }, { _id: 1 }, ACROSS_TENANTS).lean()
    for (let i = 0; i < 5; i += 1)
      await add({ company, notes: authors.slice(0, 3).map(({ _id }) => noteBy(_id, 'x', 1)) })
    const finds = await commandsOf(() => get(`${path}?q=${company}`))
    expect(finds.filter(name => name === `find ${collection.collectionName}`)).toHaveLength(1)
    // The other one is the admin's own account.
    expect(finds.filter(name => name === 'find users').length).toBeLessThanOrEqual(2)
  })

  it('shows what was written before there were notes and a search', async () => {
    const old = {
      _id: new Types.ObjectId(),
      name: 'Old',
      email: `${freshMark()}@example.com`,
      ...(noun === 'contacts' ? { message: 'm' } : { company: 'c', businessNeeds: 'b' }),
      source: 'website',
      status: first,
      type: 'old',
      createdAt: new Date(1),
      updatedAt: new Date(2),
    }
    await collection.insertOne(old)
    const id = old._id.toHexString()
    const { data } = await get(`${path}?limit=1`)
    expect(data).toEqual([
      expect.objectContaining({ id, name: 'Old', notes: [], phone: null, clerkId: null }),
    ])
    expect(await get(`${path}/${id}`)).toEqual(data[0])
  })

  it.each([
    ['none', ''],
    ['status', `status=${statuses[2]}`],
    ['q', 'q=dup'],
    ['status+q', `status=${statuses[2]}&q=dup`],
    ['two words', 'q=dup%20jean'],
    ['a rare word and a longer one that all have', 'q=dup%20example'],
    ['both and a status', `status=${statuses[2]}&q=example%20dup`],
  ])('reads little more than it shows: %s', async (_name, query) => {
    for (let i = 0; i < 3; i += 1) await Promise.all(Array.from({ length: 30 }, seed))
    const { nextCursor } = await get(`${path}?limit=10&${query}`)
    for (const cursor of ['', `&cursor=${nextCursor}`]) {
      const read = await explained(collection.collectionName, () => get(`${path}?limit=10&${query}${cursor}`))
      expect(read.returned).toBe(11)
      expect(read.keysExamined).toBeLessThanOrEqual(2 * read.returned)
      expect(read.docsExamined).toBeLessThanOrEqual(2 * read.returned)
      expect(read.stages).not.toContain('SORT')
    }
  })

  /** A third is of the status and a third has the name that is asked for, seldom the same ones. */
  let seeded = 0
  async function seed() {
    seeded += 1
    const isSought = seeded % 3 === 0 || seeded % 5 === 0
    const status = seeded % 3 === 1 || seeded % 5 === 0 ? statuses[2] : first
    await add({ name: isSought ? 'Jean Dupont' : 'Jean Martin', status })
  }
})

describe('GET /api/admin/contacts/{id}', () => {
  it('shows all follow-ups, the list the newest 20 with their number', async () => {
    const [contacts] = PIPELINES
    const company = freshMark()
    const followUps = Array.from({ length: 23 }, (_, i) => ({
      name: 'Bea',
      phone: null,
      company: null,
      message: `again ${i}`,
      source: 'website',
      clerkId: null,
      createdAt: new Date(i),
    }))
    const id = await contacts.add({ company, followUps, followUpCount: 23 })
    const sent = followUps.map(({ createdAt, ...rest }) => ({ ...rest, createdAt: createdAt.toISOString() }))
    const [listed] = (await get(`${contacts.path}?q=${company}`)).data
    expect(listed).toMatchObject({ followUpCount: 23, followUps: sent.slice(-20) })
    const { createdAt, updatedAt } = await Contact.findById(id).orFail().lean()
    expect(await get(`${contacts.path}/${id}`)).toEqual({
      id,
      name: 'Jean',
      email: expect.stringContaining('@example.com'),
      phone: null,
      company,
      message: 'Hello',
      source: 'website',
      status: 'new',
      type: 'contact',
      clerkId: null,
      followUpCount: 23,
      followUps: sent,
      notes: [],
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    })
  })
})
