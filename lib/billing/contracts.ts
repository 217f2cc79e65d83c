import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { id, pageOf, pageQuery, timestamp } from '../http/schemas.ts'

const tag = 'Billing'
const eventStatus = z.enum(['processed', 'ignored', 'pending', 'failed'])
const webAddress = z.url({ protocol: /^https?$/ }).max(2_000)

export const polarWebhookContract = contract({
  id: 'receivePolarWebhook',
  method: 'POST',
  path: '/api/polar/webhook',
  tag,
  summary: 'Receive a Polar webhook',
  description:
    'Stores every event once and applies subscription events to the user: only newer state, whatever the order of deliveries. An event of a customer not known yet stays `pending` until the user appears; unknown types are `ignored`.',
  callers: [],
  raw: { contentType: 'application/json', description: 'A Polar event' },
  responses: {
    200: z.object({
      duplicate: z.boolean(),
      status: eventStatus.optional(),
    }),
  },
  problems: ['invalid_signature', 'invalid_input'],
  needs: ['POLAR_WEBHOOK_SECRET'],
})

export const createCheckoutContract = contract({
  id: 'createCheckout',
  method: 'POST',
  path: '/api/polar/checkout',
  tag,
  summary: 'Begin to pay for a plan',
  description:
    'Send the customer to `url`. Polar returns them to `successUrl`, in which `{CHECKOUT_ID}` stands for the id of the checkout.',
  callers: ['user'],
  body: z.strictObject({ plan: z.enum(['professional', 'enterprise']), successUrl: webAddress.optional() }),
  responses: { 201: z.object({ id: z.string(), url: z.string() }) },
  needs: ['POLAR_ACCESS_TOKEN'],
})

export const getCheckoutContract = contract({
  id: 'getCheckout',
  method: 'GET',
  path: '/api/polar/checkout',
  tag,
  summary: 'See how a checkout stands',
  description: 'For the page that Polar returns to. `amountTotal` is in the smallest unit of the currency.',
  callers: ['user'],
  query: z.object({ checkoutId: z.uuid() }),
  responses: {
    200: z.object({
      id: z.string(),
      status: z.string().meta({ examples: ['open', 'confirmed', 'succeeded', 'failed', 'expired'] }),
      amountTotal: z.number().int(),
      currency: z.string(),
    }),
  },
  problems: ['not_found'],
  needs: ['POLAR_ACCESS_TOKEN'],
})

export const openPortalContract = contract({
  id: 'openBillingPortal',
  method: 'POST',
  path: '/api/polar/portal',
  tag,
  summary: 'Open the customer portal',
  description:
    'Where a customer changes or cancels a subscription and finds invoices. The address is short-lived.',
  callers: ['user'],
  responses: { 201: z.object({ url: z.string() }) },
  problems: ['not_found'],
  needs: ['POLAR_ACCESS_TOKEN'],
})

const polarEventView = z
  .object({
    id,
    eventId: z.string().meta({ description: "Polar's id of the delivery" }),
    type: z.string(),
    status: eventStatus,
    error: z.string().nullable(),
    customer: z.object({
      externalId: z.string().nullable(),
      id: z.string().nullable(),
      email: z.string().nullable(),
    }),
    processedAt: timestamp.nullable(),
    createdAt: timestamp,
  })
  .meta({ id: 'PolarEvent' })

export const listPolarEventsContract = contract({
  id: 'listPolarEvents',
  method: 'GET',
  path: '/api/admin/polar-events',
  tag: 'Admin',
  summary: 'See what billing sent, newest first',
  callers: ['admin'],
  query: pageQuery.extend({ status: eventStatus.optional() }),
  responses: { 200: pageOf(polarEventView) },
})

export const replayPolarEventContract = contract({
  id: 'replayPolarEvent',
  method: 'POST',
  path: '/api/admin/polar-events/{id}',
  action: 'replay',
  tag: 'Admin',
  summary: 'Apply a pending or failed billing event again',
  description: 'Answers the event as it stands afterwards: `pending` still if its customer is unknown.',
  callers: ['admin'],
  params: z.object({ id }),
  responses: { 200: polarEventView },
  problems: ['not_found', 'conflict'],
  atomic: true,
})
