import { Contact } from '../../../../models/contact.ts'
import { DemoRequest } from '../../../../models/demo-request.ts'
import type { Expression } from '../fill.ts'
import type { Question, Subject } from '../questions.ts'
import { everyNth, fewOwned, inTurn, numbered, over } from '../seeds.ts'

const NAMES = ['Ana', 'Bo', 'Cy', 'Di']
/** One in so many has a name or a status that few have. */
const RARE = 200

/** The terms of a short name and address: everybody's, those of one in four, of a few and of one alone. */
const searchTerms: Expression = {
  $concatArrays: [
    ['x', 'common'],
    [inTurn(['a', 'b', 'c', 'd']), inTurn(['ana', 'bo', 'cy', 'di'])],
    everyNth(RARE, ['z', 'ze', 'zed'], []),
    [numbered('u'), numbered('u', '@'), numbered('u', '@x')],
  ],
}

function listOf(path: string, statuses: { often: string; rare: string }): Question[] {
  const ask = (about: string, query: string): Question => ({ about, as: 'admin', path: `${path}?${query}` })
  const newest = { _id: -1 } as const
  return [
    ask('all', ''),
    { ...ask('all, far in', ''), from: { filter: {}, sort: newest } },
    ask('of a common status', `status=${statuses.often}`),
    ask('of a rare status', `status=${statuses.rare}`),
    {
      ...ask('of a rare status, far in', `status=${statuses.rare}`),
      from: { filter: { status: statuses.rare }, sort: newest },
    },
    ask('by a word of all', 'q=x'),
    { ...ask('by a common word, far in', 'q=ana'), from: { filter: { searchTerms: 'ana' }, sort: newest } },
    ask('by a rare word', 'q=zed'),
    ask('by a word of one', 'q=u4711@x'),
    ask('by a word of nobody', 'q=nobody'),
    ask('by a rare and a longer common word', 'q=zed%20common'),
    ask('of a rare status, by a common word', `status=${statuses.rare}&q=x`),
    ask('of a common status, by a word of nobody', `status=${statuses.often}&q=nobody`),
    { ...ask('as a table, its beginning', ''), headers: asTable, isEndless: true },
    { ...ask('as a table, by a word', 'q=u4711@x'), headers: asTable },
  ]
}

const asTable = () => ({ Accept: 'text/csv' })

const common = (count: number) => ({
  name: { $concat: [inTurn(NAMES), ' Xe'] },
  email: numbered('u', '@x.e'),
  message: 'Please tell me more about your product.',
  createdAt: over(90, count),
  updatedAt: over(90, count),
  notes: [],
  searchTerms,
})

export const contacts: Subject = {
  model: Contact,
  fields: (count, askers) => ({
    ...common(count),
    clerkId: fewOwned(askers),
    status: everyNth(RARE, 'qualified', 'new'),
    source: 'website',
    type: 'contact',
    followUps: [],
    followUpCount: 0,
  }),
  questions: () => listOf('/api/admin/contacts', { often: 'new', rare: 'qualified' }),
}

export const demoRequests: Subject = {
  model: DemoRequest,
  fields: (count, askers) => ({
    ...common(count),
    clerkId: fewOwned(askers),
    company: 'Xe',
    businessNeeds: 'Less work',
    status: everyNth(RARE, 'scheduled', 'pending'),
    type: 'demo_request',
  }),
  questions: () => listOf('/api/admin/demo-requests', { often: 'pending', rare: 'scheduled' }),
}
