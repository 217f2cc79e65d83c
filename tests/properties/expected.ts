import { services } from '../setup/services.ts'
import type { PolarEvent, SubscriptionData } from './billing-history.ts'
import type { ClerkEvent } from './people.ts'

const PLANS = ['starter', 'professional', 'enterprise']

/** What Clerk's events say about a person, told one after another in time order. */
export function expectedProfile(events: readonly ClerkEvent[]) {
  const profiles = events.flatMap(({ data }) => ('updated_at' in data ? [data] : []))
  const last = profiles.toSorted((a, b) => a.updated_at - b.updated_at).at(-1)
  if (!last) return null
  return {
    email: last.email_addresses[0]?.email_address.toLowerCase(),
    firstName: last.first_name,
    lastName: last.last_name,
    imageUrl: last.image_url,
    role: last.public_metadata?.role === 'admin' ? 'admin' : 'user',
  }
}

type Standing = {
  id: string
  plan: string
  status: string
  end: string | null
  cancelling: boolean
  over: boolean
  /** The number of the event that told it last. */
  heard: number
}

/** What Polar's events say about a customer, told one after another in time order. */
export function expectedBilling(events: readonly PolarEvent[], customerId: string) {
  const standing = new Map<string, Standing>()
  const told = events
    .filter(({ kind }) => kind !== 'other')
    .toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))
  told.forEach((event, heard) => {
    if (event.kind === 'subscription') {
      const over = event.type === 'subscription.revoked' || event.data.ended_at !== null
      standing.set(event.data.id, asTold(event.data, over, heard))
    } else if (event.kind === 'state') tellState(standing, event.data.active_subscriptions, heard)
  })
  const [current] = [...standing.values()].toSorted(
    (a, b) => worth(b) - worth(a) || b.heard - a.heard || (a.id < b.id ? -1 : 1),
  )
  return {
    plan: current && bears(current) ? current.plan : 'starter',
    subscriptionStatus: current ? shownStatus(current) : null,
    polarCustomerId: told.length > 0 ? customerId : null,
    polarSubscriptionId: current?.id ?? null,
    currentPeriodEnd: current?.end ? new Date(current.end) : null,
    cancelAtPeriodEnd: current?.cancelling ?? false,
  }
}

type Description = Pick<
  SubscriptionData,
  'id' | 'product_id' | 'status' | 'current_period_end' | 'cancel_at_period_end'
>

function asTold(data: Description, over: boolean, heard: number): Standing {
  const { products } = services.polar
  return {
    id: data.id,
    plan: data.product_id === products.enterprise ? 'enterprise' : 'professional',
    status: over ? 'canceled' : data.status,
    end: data.current_period_end,
    cancelling: data.cancel_at_period_end,
    over,
    heard,
  }
}

/** All that lives is listed, but for what is past due. */
function tellState(standing: Map<string, Standing>, listed: readonly Description[], heard: number): void {
  for (const subscription of standing.values()) {
    if (!['active', 'trialing', 'canceled'].includes(subscription.status)) continue
    standing.set(subscription.id, { ...subscription, status: 'canceled', over: true })
  }
  for (const data of listed) standing.set(data.id, asTold(data, false, heard))
}

/** Cancelling keeps the plan until the end, and so does a payment that is late. */
function bears({ status, over }: Standing): boolean {
  return !over && ['active', 'trialing', 'past_due', 'canceled'].includes(status)
}

function worth(subscription: Standing): number {
  return bears(subscription) ? PLANS.indexOf(subscription.plan) : -1
}

function shownStatus({ status }: Standing): string | null {
  if (status === 'incomplete') return null
  return ['unpaid', 'incomplete_expired'].includes(status) ? 'canceled' : status
}
