import { requireConfig } from '../config.ts'
import type { Delivery } from '../delivery.ts'
import { AppError, InvalidInput } from '../errors.ts'

export type PolarDelivery = { eventId: string; type: string; payload: Record<string, unknown> }

/**
 * The event of a delivery that Polar signed, of a type this SDK knows or not. Any of the configured secrets
 * may have signed it, so that two can overlap during a rotation.
 * @throws AppError `invalid_signature` for a bad signature or a timestamp over five minutes off.
 */
export async function openPolarDelivery({ body, headers }: Delivery): Promise<PolarDelivery> {
  const { POLAR_WEBHOOK_SECRET } = requireConfig('POLAR_WEBHOOK_SECRET')
  const { webhooks } = await import('@polar-sh/sdk/2026-10')
  const isGenuine = POLAR_WEBHOOK_SECRET.some(secret => {
    try {
      webhooks.validateEvent(body, { ...headers }, secret)
      return true
    } catch (error) {
      // Thrown after the signature was found good.
      return error instanceof webhooks.PolarWebhookUnknownTypeError
    }
  })
  if (!isGenuine) throw new AppError('invalid_signature', 'The delivery is not signed by Polar.')
  const payload = JSON.parse(body) as Record<string, unknown>
  const eventId = headers['webhook-id']
  if (!eventId || typeof payload.type !== 'string')
    throw new InvalidInput([{ path: 'type', message: 'Required' }])
  return { eventId, type: payload.type, payload }
}
