import type { models } from '@polar-sh/sdk/2026-10'
import { z } from 'zod'
import { invalidInput } from './errors.ts'
import type { Store } from './store.ts'

const query = z.object({
  active: z.stringbool().optional(),
  customer_id: z.uuid().optional(),
  external_customer_id: z.string().optional(),
  page: z.coerce.number().int().min(1).default(1),
  limit: z.coerce.number().int().min(1).max(100).default(10),
  sorting: z.enum(['started_at', '-started_at']).default('-started_at'),
})

/** A page of subscriptions, as Polar lists them. */
export function listSubscriptions(store: Store, request: Request): Response {
  const asked = query.safeParse(Object.fromEntries(new URL(request.url).searchParams))
  if (!asked.success) return invalidInput('query', asked.error)
  const { page, limit, sorting, ...filter } = asked.data
  const found = [...store.subscriptions.values()].filter(subscription => matches(subscription, filter))
  const sign = sorting === 'started_at' ? 1 : -1
  const sorted = found.sort((a, b) => sign * startOf(a).localeCompare(startOf(b)))
  const list: models.ListResourceSubscription = {
    items: sorted.slice((page - 1) * limit, page * limit),
    pagination: { total_count: found.length, max_page: Math.ceil(found.length / limit) },
  }
  return Response.json(list)
}

type Filter = Pick<z.output<typeof query>, 'active' | 'customer_id' | 'external_customer_id'>

function matches({ status, customer }: models.Subscription, filter: Filter): boolean {
  const isActive = status === 'active' || status === 'trialing'
  if (filter.active !== undefined && filter.active !== isActive) return false
  if (filter.customer_id !== undefined && filter.customer_id !== customer.id) return false
  return filter.external_customer_id === undefined || filter.external_customer_id === customer.external_id
}

function startOf({ started_at, created_at }: models.Subscription): string {
  return started_at ?? created_at
}
