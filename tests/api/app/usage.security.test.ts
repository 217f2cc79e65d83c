import type { Document } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { adjust, monthOf } from '../../../lib/limits/counters.ts'
import { call, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { ago, dayOf, log, report, TEN_DAYS } from '../../lib/usage/rows.ts'

describe('GET /api/app/usage: whose it is', () => {
  it('shows nobody else’s requests or counters', async () => {
    const [own, other] = [await freshTenant(), await freshTenant()]
    await log(own, { endpoint: '/own' })
    await log(other, { endpoint: '/other' }, { endpoint: '/own' })
    await adjust(other.clerkId, monthOf(new Date()), { chatMessages: 50 })
    const { body } = await report(own, `${TEN_DAYS}&groupBy=endpoint`)
    expect(body.data).toMatchObject([{ key: '/own', requests: 1 }])
    expect(body.counters.chatMessages.used).toBe(0)
  })

  it('cannot be asked for another tenant', async () => {
    const [own, other] = [await freshTenant(), await freshTenant()]
    await log(other, { endpoint: '/other' })
    for (const name of ['clerkId', 'tenant', 'userId']) {
      const answer = await report(own, `${name}=${other.clerkId}&from=${dayOf(ago(9))}&groupBy=endpoint`)
      expect(JSON.stringify(answer.body)).not.toContain('/other')
    }
  })

  it('is the tenant’s of a key, too', async () => {
    const tenant = await freshTenant()
    await log(tenant, { endpoint: '/own' })
    const { headers } = await tenant.newKey()
    const path = `/api/app/usage?${TEN_DAYS}&groupBy=endpoint`
    const answer = await call('GET', path, { headers })
    expectStatus(answer, 200)
    expect(answer.body.data).toMatchObject([{ key: '/own', requests: 1 }])
  })
})

describe('GET /api/app/usage: how it is found', () => {
  /** How the database carried out the aggregations over usage rows that `work` caused. */
  async function profiled(work: () => Promise<unknown>): Promise<Document[]> {
    const { db } = await connect()
    await db?.command({ profile: 2 })
    await work()
    await db?.command({ profile: 0 })
    const entries = await db
      ?.collection('system.profile', { readConcern: { level: 'local' } })
      .find()
      .toArray()
    return (entries ?? []).filter(({ command }) => command?.aggregate === 'usagelogs')
  }

  it('reads the index entries of the tenant’s period and no others', async () => {
    const [tenant, other] = [await freshTenant(), await freshTenant()]
    const old = Array.from({ length: 400 }, (_, index) => ({ at: ago(30, index) }))
    const recent = Array.from({ length: 25 }, (_, index) => ({ at: ago(1, index) }))
    await log(tenant, ...old, ...recent)
    await log(other, ...old, ...recent)
    // A period that holds all rows comes first: the plan it leaves behind must not serve the smaller one.
    for (let warm = 0; warm < 3; warm++) await report(tenant, `from=${dayOf(ago(40))}`)
    const found = await profiled(() => report(tenant))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      planSummary: 'IXSCAN { clerkId: 1, createdAt: -1 }',
      keysExamined: 25,
      docsExamined: 25,
    })
  })
})
