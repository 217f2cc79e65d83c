import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { purgeDeletedAccounts } from '../../../lib/privacy/purge-accounts.ts'
import { PolarEvent } from '../../../models/polar-event.ts'
import { polarCustomer, polarSubscription } from '../../../scripts/local/polar/payloads.ts'
import { expectStatus } from '../../helpers/call.ts'
import { explained } from '../../helpers/explain.ts'
import { deliverPolar, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { exportOf } from './archive.ts'
import { deleteAccount } from './database.ts'

const { products } = services.polar

type Named = { externalId: string | null; customerId: string; email: string }

/** An event that names its customer so; gives its id. */
async function tell(type: string, data: unknown): Promise<string> {
  const id = `msg_${randomUUID()}`
  expectStatus(await deliverPolar(type, data, { id }), 200)
  return id
}
const subscription = (named: Named) =>
  tell('subscription.updated', polarSubscription({ ...named, productId: products.professional, products }))
/** Of a type that means nothing to this API. */
const customerCreated = (named: Named) => tell('customer.created', polarCustomer(named))

const ownOf = (tenant: Tenant, changes: Partial<Named> = {}): Named => ({
  externalId: tenant.clerkId,
  customerId: randomUUID(),
  email: tenant.email,
  ...changes,
})

const exported = async (tenant: Tenant) =>
  (await exportOf(tenant)).rows('billing-events').map(({ eventId }) => eventId)
const stored = async (ids: string[]) =>
  (await PolarEvent.find({ eventId: { $in: ids } }, { eventId: 1 }).lean()).map(({ eventId }) => eventId)

/** Asserts that these events and no others are the tenant's: in the export, and gone with the account. */
async function expectOwned(tenant: Tenant, own: string[], foreign: string[]): Promise<void> {
  expect((await exported(tenant)).sort()).toEqual(own.sort())
  await deleteAccount(tenant)
  expect(await purgeDeletedAccounts()).toEqual({ purged: 1, remaining: 0 })
  expect((await stored([...own, ...foreign])).sort()).toEqual(foreign.sort())
}

describe('the billing events of an account', () => {
  it.each([
    ['read', subscription],
    ['ignored', customerCreated],
  ])('are those that name it, or a customer linked to it: %s ones', async (_kind, tellAbout) => {
    const tenant = await freshTenant()
    const linked = ownOf(tenant)
    const own = [
      await subscription(linked),
      await tellAbout(linked),
      await tellAbout({ ...linked, externalId: null, email: 'billing@example.com' }),
      await tellAbout(ownOf(tenant, { email: 'another@example.com' })),
    ]
    const stranger = await freshTenant()
    const foreign = [
      await subscription({ ...linked, externalId: stranger.clerkId }),
      await tellAbout({ ...linked, externalId: stranger.clerkId }),
      await tellAbout({ ...linked, externalId: `user_${randomUUID()}` }),
      await tellAbout({ externalId: null, customerId: randomUUID(), email: `x${tenant.email}` }),
    ]
    // A customer that is linked to both is nobody's alone: their own ids tell whose an event is.
    const [, read, unnamed, other] = own
    await expectOwned(tenant, [own[0], read, other].map(String), [...foreign, String(unnamed)])
  })

  it('are those of a customer linked to it alone, though they name nobody', async () => {
    const tenant = await freshTenant()
    const linked = ownOf(tenant)
    const nameless = { ...linked, externalId: null, email: 'billing@example.com' }
    const own = [await subscription(linked), await subscription(nameless), await customerCreated(nameless)]
    await expectOwned(tenant, own, [])
  })

  it.each([
    ['read', subscription],
    ['ignored', customerCreated],
  ])('are those that name its address and a customer of nobody: %s ones', async (_kind, tellAbout) => {
    const [tenant, stranger] = [await freshTenant(), await freshTenant()]
    const ofStranger = ownOf(stranger)
    const foreign = [
      await subscription(ofStranger),
      await tellAbout({ ...ofStranger, externalId: null, email: tenant.email }),
      await tellAbout({ ...ofStranger, email: tenant.email }),
    ]
    const own = [
      await tellAbout({ externalId: null, customerId: randomUUID(), email: tenant.email.toUpperCase() }),
    ]
    await expectOwned(tenant, own, foreign)
    expect((await exported(stranger)).sort()).toEqual(foreign.sort())
  })
})

it('are found without a look at those of others, whatever their type', async () => {
  const stranger = await freshTenant()
  const others = Array.from({ length: 40 }, () => ownOf(stranger))
  for (const other of others) await customerCreated({ ...other, externalId: null, email: 'x@example.com' })
  const tenant = await freshTenant()
  const own = [await customerCreated(ownOf(tenant)), await customerCreated(ownOf(tenant))]
  expect((await exported(tenant)).sort()).toEqual(own.sort())
  const read = await explained('polarevents', () => exported(tenant))
  expect(read).toMatchObject({ returned: 2, docsExamined: 2 })
  // A look for each of the four statuses in each of the four places, and the events themselves.
  expect(read.keysExamined).toBeLessThanOrEqual(16 + 2 * read.returned)
})

it('are found though they are older than what tells whom they name', async () => {
  const tenant = await freshTenant()
  const own = await customerCreated(ownOf(tenant))
  const unread = { externalId: null, id: null, email: null }
  await PolarEvent.updateOne({ eventId: own }, { $set: { customer: unread }, $unset: { isNamed: 1 } })
  await expectOwned(tenant, [own], [])
})

it.each([
  ['of a subscription', subscription],
  ['that means nothing to this API', customerCreated],
])('an event %s that comes after the purge leaves nothing of whom it names', async (_kind, tellAbout) => {
  const tenant = await freshTenant()
  await deleteAccount(tenant)
  expect(await purgeDeletedAccounts()).toEqual({ purged: 1, remaining: 0 })
  const late = ownOf(tenant)

  const eventId = await tellAbout(late)

  const event = await PolarEvent.findOne({ eventId }).lean()
  expect(event?.status).toBe('ignored')
  const text = JSON.stringify(event)
  for (const named of [late.externalId, late.customerId, late.email]) expect(text).not.toContain(named)
})
