import { z } from 'zod'
import { contract } from '../http/contract.ts'

export const polarWebhookContract = contract({
  id: 'receivePolarWebhook',
  method: 'POST',
  path: '/api/polar/webhook',
  tag: 'Billing',
  summary: 'Receive a Polar webhook',
  description:
    'Stores every event once and applies subscription events to the user: only newer state, whatever the order of deliveries. An event of a customer not known yet stays `pending` until the user appears; unknown types are `ignored`.',
  callers: [],
  raw: { contentType: 'application/json', description: 'A Polar event' },
  responses: {
    200: z.object({
      duplicate: z.boolean(),
      status: z.enum(['processed', 'ignored', 'pending', 'failed']).optional(),
    }),
  },
  problems: ['invalid_signature', 'invalid_input'],
  needs: ['POLAR_WEBHOOK_SECRET'],
})
