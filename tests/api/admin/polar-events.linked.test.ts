import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { PolarEvent } from '../../../models/polar-event.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { billingOf } from '../polar/stored.ts'
import { fillUp, longId } from '../polar/too-much.ts'
import { deliver, replayPath, subscription } from './billing-events.ts'

let admin: Tenant
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin' })
})

const { enterprise } = services.polar.products
const statusOf = async (id: string) => (await PolarEvent.findById(id, { status: 1 }).lean())?.status

/** A user of whom a failed event tells the customer id; events that name only this one wait. */
async function unlinked(waitingIds: string[]) {
  const { clerkId } = await freshTenant()
  const customerId = randomUUID()
  const email = 'nobody@shop.example'
  const waiting = await Promise.all(
    waitingIds.map(id =>
      deliver(subscription({ externalId: null, email, customerId, id, productId: enterprise })),
    ),
  )
  const told = subscription({ externalId: clerkId, customerId })
  const failed = await deliver({ ...told, metadata: { 'a\u0000b': 1 } })
  return { clerkId, waiting, failed }
}

describe.each([
  ['without an Idempotency-Key', () => ({})],
  ['with an Idempotency-Key', () => ({ 'Idempotency-Key': randomUUID() })],
])('a replay %s that tells whose a customer is', (_name, headers) => {
  const replay = (id: string) => admin.call('POST', replayPath(id), { headers: headers() })

  it('applies what waited for that', async () => {
    const { clerkId, waiting, failed } = await unlinked([randomUUID(), randomUUID()])
    const answer = await replay(failed)
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ id: failed, status: 'processed' })
    for (const id of waiting) expect(await statusOf(id)).toBe('processed')
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'enterprise' })
  })

  it('is not undone by one of these that fails, nor are the others', async () => {
    const { clerkId, waiting, failed } = await unlinked([longId(), randomUUID()])
    await fillUp(clerkId)
    const answer = await replay(failed)
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ id: failed, status: 'processed' })
    expect(await Promise.all(waiting.map(statusOf))).toEqual(['failed', 'processed'])
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'enterprise' })
  })
})
