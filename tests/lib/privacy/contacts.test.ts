import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { withSession } from '../../../lib/db/transaction.ts'
import { contacts } from '../../../lib/leads/holdings.ts'
import { matchingTerms } from '../../../lib/leads/search-terms.ts'
import { purgeDeletedAccounts } from '../../../lib/privacy/purge-accounts.ts'
import { Contact } from '../../../models/contact.ts'
import { call, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { exportOf } from './archive.ts'
import { deleteAccount, everything, holding } from './database.ts'

const freshAddress = () => `${randomUUID()}@example.com`

/** What somebody writes from an address: a tenant, or a visitor without one. */
async function write(email: string, name: string, tenant?: Tenant): Promise<string> {
  const json = { formType: 'contact', email, name, company: `${name} & Co`, message: `${name} says hello` }
  const answer = await (tenant
    ? tenant.call('POST', '/api/forms', { json })
    : call('POST', '/api/forms', { json, ip: ip() }))
  expectStatus(answer, answer.status === 200 ? 200 : 201)
  return answer.body.id
}

let visitors = 0
const ip = () => `198.51.100.${++visitors}`

async function purge(tenant: Tenant): Promise<void> {
  await deleteAccount(tenant)
  expect(await purgeDeletedAccounts()).toEqual({ purged: 1, remaining: 0 })
}

const finds = async (q: string, id: string) =>
  (await Contact.exists({ _id: id, ...matchingTerms(q) })) !== null

describe('a contact after the purge of somebody who wrote', () => {
  it('is gone when nobody else did', async () => {
    const tenant = await freshTenant()
    const email = freshAddress()
    const id = await write(email, 'Zoe', tenant)
    await write(email, 'Zoe', tenant)
    await purge(tenant)
    expect(await Contact.findById(id)).toBeNull()
  })

  it('lacks what they wrote later, and its terms', async () => {
    const tenant = await freshTenant()
    const email = freshAddress()
    const id = await write(email, 'Anna')
    await write(email, 'Zoe', tenant)
    await write(email, 'Bert')
    expect(await finds('zoe', id)).toBe(true)
    await purge(tenant)
    const contact = await Contact.findById(id).lean()
    expect(contact).toMatchObject({ name: 'Anna', message: 'Anna says hello', followUpCount: 1 })
    expect(contact?.followUps.map(({ name }) => name)).toEqual(['Bert'])
    for (const [q, isFound] of [
      ['zoe', false],
      ['anna', true],
      ['bert', true],
      [email, true],
    ] as const)
      expect(await finds(q, id), q).toBe(isFound)
  })

  it('begins with the oldest message of the others when theirs was the first', async () => {
    const [tenant, other] = [await freshTenant(), await freshTenant()]
    const email = freshAddress()
    const id = await write(email, 'Zoe', tenant)
    await write(email, 'Zoe', tenant)
    await write(email, 'Anna', other)
    await write(email, 'Bert')
    const note = { text: 'Call back', authorId: id, createdAt: new Date() }
    await Contact.updateOne({ _id: id }, { $set: { status: 'contacted', notes: [note] } })
    await purge(tenant)
    const contact = await Contact.findById(id).lean()
    const first = { name: 'Anna', company: 'Anna & Co', message: 'Anna says hello', clerkId: other.clerkId }
    expect(contact).toMatchObject({ ...first, email, status: 'contacted', followUpCount: 1 })
    expect(contact?.notes.map(({ text }) => text)).toEqual(['Call back'])
    expect(contact?.followUps.map(({ name }) => name)).toEqual(['Bert'])
    expect(await finds('zoe', id)).toBe(false)
    expect(await finds('anna', id)).toBe(true)
    expect(holding(await everything(), [tenant.clerkId, 'Zoe says'])).toEqual([])
  })

  it('keeps what another writes at that very moment', async () => {
    const tenant = await freshTenant()
    const id = await write(freshAddress(), 'Zoe', tenant)
    const said = { name: 'Anna', message: 'Anna says hello', source: 'website', createdAt: new Date() }
    await withSession(async session => {
      session.startTransaction()
      const added = { $push: { followUps: said }, $inc: { followUpCount: 1 } }
      await Contact.updateOne({ _id: id }, added, { session })
      const removing = contacts.remove(tenant, { until: new Date(Date.now() + 20_000) })
      await sleep(300)
      await session.commitTransaction()
      expect(await removing).toBe(true)
    })
    const contact = await Contact.findById(id).lean()
    expect(contact).toMatchObject({ name: 'Anna', clerkId: null, followUps: [], followUpCount: 0 })
  })
})

describe('the export of what somebody wrote', () => {
  it('holds their own messages alone, and nothing that admins noted', async () => {
    const [tenant, other] = [await freshTenant(), await freshTenant()]
    const email = freshAddress()
    const id = await write(email, 'Zoe', tenant)
    await write(email, 'Anna', other)
    await write(email, 'Bert')
    await write(email, 'Zoe again', tenant)
    const note = { text: 'Difficult person', authorId: id, createdAt: new Date() }
    await Contact.updateOne({ _id: id }, { $set: { notes: [note] } })
    const archive = await exportOf(tenant)
    const own = { id, email, name: 'Zoe', message: 'Zoe says hello', followUps: [{ name: 'Zoe again' }] }
    expect(archive.rows('contacts')).toMatchObject([own])
    const others = await exportOf(other)
    expect(others.rows('contacts')).toMatchObject([{ id, email, followUps: [{ name: 'Anna' }] }])
    expect(others.rows('contacts')[0]).not.toHaveProperty('message')
    for (const { text } of [archive, others]) {
      for (const secret of ['Bert', 'Difficult', 'searchTerms']) expect(text).not.toContain(secret)
    }
    expect(archive.text).not.toContain('Anna')
    expect(others.text).not.toContain('Zoe')
  })
})
