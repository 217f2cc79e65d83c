import { requireConfig } from '../config.ts'
import { contentOf, type Delivery } from '../delivery.ts'
import { AppError } from '../errors.ts'

/**
 * The event of a delivery that Clerk signed. Any of the configured secrets may have signed it, so that two
 * can overlap during a rotation.
 * @throws AppError `invalid_signature` for a bad signature or a timestamp over five minutes off, InvalidInput
 * for a genuine body that is no JSON.
 */
export async function openClerkDelivery(delivery: Delivery): Promise<unknown> {
  const { body, headers } = delivery
  const { CLERK_WEBHOOK_SECRET } = requireConfig('CLERK_WEBHOOK_SECRET')
  const { Webhook } = await import('svix')
  const signed = {
    'svix-id': headers['svix-id'] ?? '',
    'svix-timestamp': headers['svix-timestamp'] ?? '',
    'svix-signature': headers['svix-signature'] ?? '',
  }
  const isGenuine = CLERK_WEBHOOK_SECRET.some(secret => {
    try {
      new Webhook(secret).verify(body, signed)
      return true
    } catch {
      return false
    }
  })
  if (!isGenuine) throw new AppError('invalid_signature', 'The delivery is not signed by Clerk.')
  return contentOf(delivery)
}
