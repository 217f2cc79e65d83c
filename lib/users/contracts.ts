import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { id, timestamp } from '../http/schemas.ts'
import { PLAN_NAMES } from '../limits/plans.ts'
import { limitsSchema } from '../limits/schemas.ts'

export const clerkWebhookContract = contract({
  id: 'receiveClerkWebhook',
  method: 'POST',
  path: '/api/webhooks/clerk',
  tag: 'Identity',
  summary: 'Receive a Clerk webhook',
  description:
    'Creates, updates and soft-deletes users. Signed by Svix (`svix-id`, `svix-timestamp`, `svix-signature`). Deliveries may come twice and out of order; other event types are ignored.',
  callers: [],
  raw: { contentType: 'application/json', description: 'A Clerk event' },
  responses: {
    200: z.object({ outcome: z.enum(['created', 'updated', 'stale', 'deleted', 'ignored']) }),
  },
  problems: ['invalid_signature', 'invalid_input'],
  needs: ['CLERK_WEBHOOK_SECRET'],
})

/** Who somebody is and what they pay for, as they and admins are told. */
export const profileFields = {
  id,
  clerkId: z.string(),
  email: z.string(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  imageUrl: z.string().nullable(),
  role: z.enum(['user', 'admin']),
  plan: z.enum(PLAN_NAMES),
  subscription: z.object({
    status: z.enum(['active', 'canceled', 'past_due', 'trialing']).nullable(),
    currentPeriodEnd: timestamp.nullable(),
    cancelAtPeriodEnd: z.boolean(),
  }),
}

/** Where the counters of somebody's limits stand. */
export const usageView = z.object({
  chatMessages: z.number().int(),
  files: z.number().int(),
  bytes: z.number().int(),
  apiKeys: z.number().int(),
})

const me = z
  .object({
    ...profileFields,
    limits: limitsSchema.meta({ description: 'null is unlimited' }),
    usage: usageView,
    createdAt: timestamp,
  })
  .meta({ id: 'Me' })

export const meContract = contract({
  id: 'getMe',
  method: 'GET',
  path: '/api/app/me',
  tag: 'Identity',
  summary: 'Who am I, on which plan, with what left',
  callers: ['user', 'key'],
  responses: { 200: me },
})
