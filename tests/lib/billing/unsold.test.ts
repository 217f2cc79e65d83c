import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const { products } = services.polar

/** Applies a customer state with these products in a process of its own: what it logged. */
async function logOf(clerkId: string, productIds: (string | null)[]) {
  const code = `
    import { applyChange } from './lib/billing/internal/apply-change.ts'
    import { readBillingEvent } from './lib/billing/internal/change.ts'
    import { findCustomer } from './lib/billing/internal/find-customer.ts'
    import { disconnect } from './lib/db/connect.ts'
    import { inTransaction } from './lib/db/transaction.ts'
    const active_subscriptions = ${JSON.stringify(productIds)}.map((product_id, index) => ({
      id: 'sub_' + index, product_id, status: 'active',
    }))
    const data = { email: 'ada@example.com', active_subscriptions }
    const timestamp = '2026-01-02T03:04:05Z'
    const { change } = readBillingEvent('customer.state_changed', { timestamp, data })
    const customer = { externalId: '${clerkId}', id: null, email: null }
    await inTransaction(async session => applyChange(await findCustomer(customer, session), change, session))
    await disconnect()
  `
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '-e', code],
    { cwd: root, env: { ...process.env, LOG_LEVEL: 'info' } },
  )
  const lines = stderr.split('\n').filter(line => line.startsWith('{'))
  return lines.map(line => JSON.parse(line))
}

describe('a product that no plan is sold as', () => {
  it('is warned of once per application, by ids alone', async () => {
    const { clerkId } = await freshTenant()
    const [one, other] = [randomUUID(), randomUUID()]
    const logged = await logOf(clerkId, [one, products.professional, other, one, null])
    expect(logged).toHaveLength(1)
    expect(logged[0]).toMatchObject({ level: 40, clerkId, productIds: [one, other] })
    expect(JSON.stringify(logged)).not.toContain('@')
  })

  it('is not what a plan is sold as, nor none', async () => {
    const { clerkId } = await freshTenant()
    expect(await logOf(clerkId, [products.professional, products.enterprise, null])).toEqual([])
  })
})
