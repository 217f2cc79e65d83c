import { beforeAll, describe, expect, it } from 'vitest'
import { monthOf } from '../../../lib/limits/counters.ts'
import { PLANS } from '../../../lib/limits/plans.ts'
import { UsageCounter } from '../../../models/usage-counter.ts'
import { User } from '../../../models/user.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { deliverClerk, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { anHourAgo, HOUR_MS, idOf, inAnHour, path, readAll, store } from './accounts.ts'

let admin: Tenant
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin' })
  await User.updateOne({ clerkId: admin.clerkId }, { $set: { limits: { requestsPerMinute: null } } })
})

const reason = 'Sold access'
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes))
const emails = (users: { email: string }[]) => users.map(({ email }) => email)
const find = (query: string, limit = 2) => readAll(admin, `${path}?${query}`, limit)
const startingWith = (q: string) => find(`q=${encodeURIComponent(q)}`)

describe('an account that is listed', () => {
  it('shows what it may use, what it used and how it stands', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    await tenant.newKey()
    const revoked = await tenant.newKey()
    expectStatus(await tenant.call('DELETE', `/api/app/api-keys?keyId=${revoked.id}`), 200)
    const { clerkId } = tenant
    await User.updateOne({ clerkId }, { $set: { limits: { files: null, apiKeys: 3 } } })
    await UsageCounter.create({ clerkId, period: monthOf(new Date()), chatMessages: 7 })
    await UsageCounter.create({ clerkId, period: '2020-01', chatMessages: 900 })
    await UsageCounter.create({ clerkId, period: 'total', files: 4, bytes: 5_000 })
    const [view, ...others] = await startingWith(tenant.email)
    expect(others).toEqual([])
    const me = (await tenant.call('GET', '/api/app/me')).body
    expect(view).toEqual({
      ...me,
      status: 'active',
      suspension: null,
      limits: { files: null, apiKeys: 3 },
      effectiveLimits: { ...PLANS.professional, files: null, apiKeys: 3 },
      usage: { chatMessages: 7, files: 4, bytes: 5_000, apiKeys: 1 },
      deletedAt: null,
    })
    expectStatus(await admin.call('GET', `${path}/${await idOf(tenant)}`), 200)
    expect((await admin.call('GET', `${path}/${await idOf(tenant)}`)).body).toEqual(view)
  })

  it('has its own numbers, not those of its neighbours', async () => {
    const [busy, idle] = [await freshTenant(), await freshTenant()]
    await busy.newKey()
    await UsageCounter.create({ clerkId: busy.clerkId, period: 'total', files: 2, bytes: 20 })
    const listed = await find('', 100)
    const usageOf = ({ email }: Tenant) => listed.find(view => view.email === email).usage
    expect(usageOf(busy)).toEqual({ chatMessages: 0, files: 2, bytes: 20, apiKeys: 1 })
    expect(usageOf(idle)).toEqual({ chatMessages: 0, files: 0, bytes: 0, apiKeys: 0 })
  })
})

describe('the whole list', () => {
  it('is newest first, in pages without a gap or a duplicate', async () => {
    await store(Array.from({ length: 5 }, () => ({})))
    const ids = (await find('', 2)).map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].sort().reverse())
    expect(ids).toHaveLength(await User.estimatedDocumentCount({ acrossTenants: true }))
  })

  it('can be narrowed to a plan', async () => {
    await store([{ plan: 'enterprise' }, { plan: 'enterprise' }, { plan: 'enterprise' }])
    const found = await find('plan=enterprise')
    expect(found).toHaveLength(
      await User.countDocuments({ plan: 'enterprise' }).setOptions({ acrossTenants: true }),
    )
    expect(new Set(found.map(({ plan }) => plan))).toEqual(new Set(['enterprise']))
    expect(found.map(({ id }) => id)).toEqual(
      found
        .map(({ id }) => id)
        .sort()
        .reverse(),
    )
  })
})

describe('the beginning of an address', () => {
  it('finds in any case those that begin so, in the order of their addresses', async () => {
    await store(
      ['jo@x.example', 'joe@x.example', 'joan@x.example', 'jp@x.example', 'ajo@x.example'].map(email => ({
        email,
      })),
    )
    const sorted = ['jo@x.example', 'joan@x.example', 'joe@x.example']
    expect(emails(await startingWith('jo'))).toEqual(sorted)
    expect(emails(await startingWith('  JO'))).toEqual(sorted)
    expect(emails(await startingWith('joe@X.'))).toEqual(['joe@x.example'])
    expect(await startingWith('joz')).toEqual([])
  })

  it('may be followed by any letter, also one beyond the basic plane', async () => {
    const addresses = ['é', 'ÿ', '中', '\ufffd', '\uffff', '😀', '\u{10fffd}'].map(
      next => `uni${next}@x.example`,
    )
    await store([...addresses, 'uni@x.example', 'unj@x.example', 'unh😀@x.example'].map(email => ({ email })))
    expect(emails(await startingWith('UNI'))).toEqual(['uni@x.example', ...addresses])
    for (const address of addresses)
      expect(emails(await startingWith(address.split('@')[0] ?? ''))).toEqual([address])
  })

  it('may itself end in such a letter, in either case', async () => {
    await store(
      ['ärger@x.example', 'äs@x.example', '😀a@x.example', '😁a@x.example'].map(email => ({ email })),
    )
    expect(emails(await startingWith('Ä'))).toEqual(['ärger@x.example', 'äs@x.example'])
    expect(emails(await startingWith('😀'))).toEqual(['😀a@x.example'])
  })

  it('is no pattern', async () => {
    await store([{ email: 'a+b@x.example' }, { email: 'aab@x.example' }])
    expect(emails(await startingWith('a+'))).toEqual(['a+b@x.example'])
    for (const q of ['.*', '^a', '$']) expect(await startingWith(q)).toEqual([])
  })

  it('shows all who share an address, over the pages', async () => {
    await store(Array.from({ length: 5 }, () => ({ email: 'twin@x.example' })))
    const found = await startingWith('twin@')
    expect(new Set(found.map(({ id }) => id)).size).toBe(5)
    expect(found).toHaveLength(5)
  })

  it('goes on after the longest address', async () => {
    const long = `long${'é'.repeat(200)}@${'ü'.repeat(40)}.example`
    await store([{ email: long }, { email: long }, { email: long }])
    expect(await find('q=long', 1)).toHaveLength(3)
  })
})

describe('those who stand in one way', () => {
  const people = [
    { email: 'st-active@x.example' },
    { email: 'st-open@x.example', suspension: { at: at(3), until: null, reason } },
    { email: 'st-ahead@x.example', suspension: { at: at(5), until: inAnHour(), reason } },
    { email: 'st-tie@x.example', plan: 'professional', suspension: { at: at(5), until: null, reason } },
    { email: 'st-over@x.example', suspension: { at: at(4), until: anHourAgo(), reason } },
    { email: 'st-gone@x.example', deletedAt: at(1) },
    { email: 'st-gone-later@x.example', plan: 'professional', deletedAt: at(2) },
    { email: 'st-both@x.example', deletedAt: at(9), suspension: { at: at(9), until: null, reason } },
  ]
  beforeAll(() => store(people))
  const ours = (users: { email: string }[]) => emails(users).filter(email => email.startsWith('st-'))

  it('suspended now: the last one first; two of the same moment both show', async () => {
    const found = ours(await find('status=suspended', 1))
    expect(found).toEqual(['st-tie@x.example', 'st-ahead@x.example', 'st-open@x.example'])
    expect(ours(await find('status=suspended&plan=professional', 1))).toEqual(['st-tie@x.example'])
    expect(ours(await find('status=suspended&plan=starter', 1))).toEqual(found.slice(1))
  })

  it('deleted: the last one first', async () => {
    const found = ours(await find('status=deleted', 1))
    expect(found).toEqual(['st-both@x.example', 'st-gone-later@x.example', 'st-gone@x.example'])
    expect(ours(await find('status=deleted&plan=professional', 1))).toEqual(['st-gone-later@x.example'])
  })

  it('active: also one whose suspension is over', async () => {
    expect(ours(await find('status=active', 3))).toEqual(['st-over@x.example', 'st-active@x.example'])
  })

  it('by the beginning of their address as well', async () => {
    const found = (query: string) => find(`q=st-&${query}`, 1).then(emails)
    expect(await found('status=suspended')).toEqual([
      'st-ahead@x.example',
      'st-open@x.example',
      'st-tie@x.example',
    ])
    expect(await found('status=suspended&plan=professional')).toEqual(['st-tie@x.example'])
    expect(await found('status=deleted')).toEqual([
      'st-both@x.example',
      'st-gone-later@x.example',
      'st-gone@x.example',
    ])
    expect(await found('status=deleted&plan=starter')).toEqual(['st-both@x.example', 'st-gone@x.example'])
    expect(await found('status=active')).toEqual(['st-active@x.example', 'st-over@x.example'])
    expect(await found('status=active&plan=professional')).toEqual([])
  })

  it('and say so themselves', async () => {
    const found = await find('q=st-', 100)
    expect(Object.fromEntries(found.map(({ email, status }) => [email.split('@')[0], status]))).toEqual({
      'st-active': 'active',
      'st-over': 'active',
      'st-open': 'suspended',
      'st-ahead': 'suspended',
      'st-tie': 'suspended',
      'st-gone': 'deleted',
      'st-gone-later': 'deleted',
      'st-both': 'deleted',
    })
    const over = found.find(({ email }) => email === 'st-over@x.example')
    expect(over.suspension).toMatchObject({ at: at(4).toISOString(), reason })
    expect(Date.parse(over.suspension.until)).toBeLessThan(Date.now())
  })

  it('come and go with the time', async () => {
    const tenant = await freshTenant()
    const { clerkId, email } = tenant
    const suspended = (until: Date) =>
      User.updateOne({ clerkId }, { $set: { suspension: { at: new Date(), until, reason } } })
    await suspended(new Date(Date.now() + HOUR_MS))
    expect(emails(await find(`q=${email}&status=suspended`))).toEqual([email])
    await suspended(new Date(Date.now() - 1))
    expect(emails(await find(`q=${email}&status=suspended`))).toEqual([])
    expect(emails(await find(`q=${email}&status=active`))).toEqual([email])
    expectStatus(await deliverClerk('user.deleted', { id: clerkId, deleted: true }), 200)
    expect(emails(await find(`q=${email}&status=active`))).toEqual([])
    expect(emails(await find(`q=${email}&status=deleted`))).toEqual([email])
  })
})

describe('what is refused', () => {
  const encoded = (text: string) => Buffer.from(text).toString('base64url')
  const id = '507f1f77bcf86cd799439011'

  it.each([
    'limit=0',
    'limit=101',
    'plan=gold',
    'status=lost',
    'status=',
    'q=',
    'q=%20',
    `q=${'a'.repeat(255)}`,
  ])('%s', async query => {
    expectProblem(await admin.call('GET', `${path}?${query}`), 400, 'invalid_input')
  })

  it.each([
    ['', encoded(`1767225600000.${id}`)],
    ['', encoded(`"a@x.example".${id}`)],
    ['', 'x'],
    ['q=a', encoded(`1767225600000.${id}`)],
    ['q=a', Buffer.from(id, 'hex').toString('base64url')],
    ['q=a', encoded(`"a@x.example".${id}0`)],
    ['status=deleted', encoded(`"a@x.example".${id}`)],
    ['status=suspended', Buffer.from(id, 'hex').toString('base64url')],
  ])('of the list ?%s the cursor of another, %s', async (query, cursor) => {
    expectProblem(await admin.call('GET', `${path}?${query}&cursor=${cursor}`), 400, 'invalid_input')
  })

  it('an account that nobody has', async () => {
    expectProblem(await admin.call('GET', `${path}/${id}`), 404, 'not_found')
    expectProblem(await admin.call('GET', `${path}/xyz`), 404, 'not_found')
  })
})
