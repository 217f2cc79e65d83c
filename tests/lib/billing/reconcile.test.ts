import { beforeEach, describe, expect, it } from 'vitest'
import { reconcileAll, reconcileDue } from '../../../lib/billing/reconcile.ts'
import { connect } from '../../../lib/db/connect.ts'
import { ACROSS_TENANTS } from '../../../lib/db/tenant-guard.ts'
import { User } from '../../../models/user.ts'
import { beginCheckout, buyUnheard, checkAtOf, inPortal, makeDue, pay } from '../../api/polar/purchase.ts'
import { billingOf } from '../../api/polar/stored.ts'
import { deliverClerk, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'

const nothing = { checked: 0, changed: 0, failed: 0 }

beforeEach(async () => {
  await connect()
  await User.deleteMany({}, ACROSS_TENANTS)
})

/** Reconciles a tenant alone. */
async function reconcile(tenant: Tenant) {
  await makeDue(tenant.clerkId)
  return reconcileDue()
}

describe('what was missed is set right', () => {
  it('a purchase, and later its end', async () => {
    const tenant = await freshTenant()
    await buyUnheard(tenant, 'professional')
    expect(await billingOf(tenant.clerkId)).toMatchObject({ plan: 'starter', subscriptionStatus: null })
    expect(await reconcileDue(), 'its time has not come').toEqual(nothing)

    expect(await reconcile(tenant)).toEqual({ checked: 1, changed: 1, failed: 0 })
    const bought = await billingOf(tenant.clerkId)
    expect(bought).toMatchObject({ plan: 'professional', subscriptionStatus: 'active' })
    expect(bought.currentPeriodEnd?.getTime()).toBeGreaterThan(Date.now())
    expect(bought.polarCustomerId).not.toBeNull()

    await inPortal(tenant, 'end')
    expect(await reconcile(tenant)).toEqual({ checked: 1, changed: 1, failed: 0 })
    expect(await billingOf(tenant.clerkId)).toMatchObject({
      plan: 'starter',
      subscriptionStatus: 'canceled',
      polarCustomerId: bought.polarCustomerId,
    })
  })

  it('a cancellation, which keeps the plan', async () => {
    const tenant = await freshTenant()
    await buyUnheard(tenant, 'enterprise')
    await reconcile(tenant)
    await inPortal(tenant, 'cancel')
    expect(await reconcile(tenant)).toMatchObject({ changed: 1 })
    expect(await billingOf(tenant.clerkId)).toMatchObject({ plan: 'enterprise', cancelAtPeriodEnd: true })
  })

  it('a checkout that was never paid changes nothing, and is asked about twice', async () => {
    const tenant = await freshTenant()
    await beginCheckout(tenant)
    expect(await reconcile(tenant)).toEqual({ checked: 1, changed: 0, failed: 0 })
    expect((await checkAtOf(tenant.clerkId))?.getTime()).toBeGreaterThan(Date.now())
    expect(await reconcile(tenant)).toEqual({ checked: 1, changed: 0, failed: 0 })
    expect(await billingOf(tenant.clerkId)).toMatchObject({ plan: 'starter', subscriptionStatus: null })
    expect(await checkAtOf(tenant.clerkId)).toBeNull()
  })

  it('a customer with access is asked about again', async () => {
    const tenant = await freshTenant()
    await buyUnheard(tenant)
    await reconcile(tenant)
    expect((await checkAtOf(tenant.clerkId))?.getTime()).toBeGreaterThan(Date.now())
    expect(await reconcile(tenant)).toEqual({ checked: 1, changed: 0, failed: 0 })
  })
})

describe('who is asked about', () => {
  it('nobody who was deleted', async () => {
    const tenant = await freshTenant()
    await buyUnheard(tenant)
    await makeDue(tenant.clerkId)
    await deliverClerk('user.deleted', { id: tenant.clerkId, deleted: true })
    expect(await reconcileDue()).toEqual(nothing)
    expect(await reconcileAll()).toEqual(nothing)
    expect(await billingOf(tenant.clerkId)).toMatchObject({ plan: 'starter' })
  })

  it('nobody any more once the time is up', async () => {
    const tenant = await freshTenant()
    await makeDue(tenant.clerkId)
    expect(await reconcileDue({ until: new Date(Date.now() - 1) })).toEqual(nothing)
    expect(await reconcileDue()).toMatchObject({ checked: 1 })
  })

  it('each customer once, by two runs at once', async () => {
    const tenants = await Promise.all(Array.from({ length: 12 }, () => freshTenant()))
    await Promise.all(tenants.map(tenant => buyUnheard(tenant)))
    await Promise.all(tenants.map(({ clerkId }) => makeDue(clerkId)))
    const asked = services.polar.requests()
    const [one, other] = await Promise.all([reconcileDue(), reconcileDue()])
    expect(one.checked + other.checked).toBe(12)
    expect(one.changed + other.changed).toBe(12)
    expect(services.polar.requests() - asked).toBe(12)
    for (const { clerkId } of tenants)
      expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })
})

describe('reconcileAll', () => {
  it('finds the customer of whom nothing was ever heard', async () => {
    const tenant = await freshTenant()
    await buyUnheard(tenant)
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { polarCheckAt: null } })
    expect(await reconcileDue()).toEqual(nothing)
    expect(await reconcileAll()).toEqual({ checked: 1, changed: 1, failed: 0 })
    expect(await billingOf(tenant.clerkId)).toMatchObject({ plan: 'professional' })
  })

  it('asks about everybody who is or may be a customer, once, and about nobody else', async () => {
    const [customer, buying, ended, nobody] = await Promise.all([1, 2, 3, 4].map(() => freshTenant()))
    if (!customer || !buying || !ended || !nobody) throw new Error('four were made')
    await buyUnheard(customer)
    await reconcile(customer)
    await buyUnheard(ended, 'enterprise')
    await reconcile(ended)
    await inPortal(ended, 'end')
    await pay((await beginCheckout(buying)).url)
    expect(await reconcileAll()).toEqual({ checked: 3, changed: 2, failed: 0 })
    const plans = await Promise.all(
      [customer, buying, ended, nobody].map(({ clerkId }) => billingOf(clerkId)),
    )
    expect(plans.map(({ plan }) => plan)).toEqual(['professional', 'professional', 'starter', 'starter'])
    expect(await reconcileAll()).toEqual({ checked: 3, changed: 0, failed: 0 })
  })
})
