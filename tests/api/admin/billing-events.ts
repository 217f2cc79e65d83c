import { randomUUID } from 'node:crypto'
import { PolarEvent } from '../../../models/polar-event.ts'
import { polarSubscription, type SubscriptionInput } from '../../../scripts/local/polar/payloads.ts'
import { deliverPolar } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'

const { products } = services.polar

export const path = '/api/admin/polar-events'
export const replayPath = (id: string) => `${path}/${id}?action=replay`
export const newClerkId = () => `user_${randomUUID().replaceAll('-', '')}`

export const subscription = (given: Partial<SubscriptionInput> & { externalId: string | null }) =>
  polarSubscription({ productId: products.professional, products, ...given })

/** Delivers an event and gives the id under which it is stored. */
export async function deliver(data: unknown, type = 'subscription.active'): Promise<string> {
  const eventId = randomUUID()
  await deliverPolar(type, data, { id: eventId })
  const stored = await PolarEvent.findOne({ eventId }, { _id: 1 }).lean()
  if (!stored) throw new Error('the event was not stored')
  return stored._id.toHexString()
}

/** Delivers an event that cannot be stored as it is: JSON can hold a NUL in a name, BSON cannot. */
export const deliverFailing = (externalId: string) =>
  deliver({ ...subscription({ externalId }), metadata: { 'a\u0000b': 1 } })
