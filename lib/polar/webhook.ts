import { z } from 'zod'
import { requireConfig } from '../config.ts'
import { contentOf, type Delivery } from '../delivery.ts'
import { AppError, InvalidInput } from '../errors.ts'

export type PolarDelivery = { eventId: string; type: string; payload: Record<string, unknown> }

const envelope = z.looseObject({ type: z.string().min(1) })

/**
 * The event of a delivery that Polar signed, of a type this SDK knows or not. Any of the configured secrets
 * may have signed it, so that two can overlap during a rotation.
 * @throws AppError `invalid_signature` for a bad signature or a timestamp over five minutes off; InvalidInput
 */
export async function openPolarDelivery(delivery: Delivery): Promise<PolarDelivery> {
  const { body, headers } = delivery
  const { POLAR_WEBHOOK_SECRET } = requireConfig('POLAR_WEBHOOK_SECRET')
  const verdicts = await Promise.all(POLAR_WEBHOOK_SECRET.map(secret => isSignedWith(secret, body, headers)))
  const eventId = headers['webhook-id']
  if (!eventId || !verdicts.includes(true))
    throw new AppError('invalid_signature', 'The delivery is not signed by Polar.')
  const payload = envelope.safeParse(contentOf(delivery)).data
  if (!payload) throw new InvalidInput([{ path: 'type', message: 'Not an event of Polar' }])
  return { eventId, type: payload.type, payload }
}

async function isSignedWith(secret: string, body: string, headers: Delivery['headers']): Promise<boolean> {
  const { webhooks } = await import('@polar-sh/sdk/2026-10')
  try {
    await webhooks.validateEvent(body, { ...headers }, secret)
    return true
  } catch (error) {
    // What else is wrong with a delivery is found only after its signature was found good.
    const { PolarWebhookError, PolarWebhookVerificationError } = webhooks
    return error instanceof PolarWebhookError && !(error instanceof PolarWebhookVerificationError)
  }
}
