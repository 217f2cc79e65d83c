import { setTimeout as sleep } from 'node:timers/promises'
import { type Route, route } from '../http.ts'
import type { Outbox } from './outbox.ts'
import { notFoundPage, paidPage, payPage, portalPage } from './pages.ts'
import { activeSubscriptions, findByClientSecret, type Store } from './store.ts'
import { cancelAtPeriodEnd, endNow, pay } from './transitions.ts'

// Long enough for a healthy receiver, so that the page returned to already shows the new plan.
const patienceMs = 3_000

/** The pages a customer opens: checkout, its confirmation, and the portal. */
export function websiteRoutes(world: { store: Store; outbox: Outbox }): Route[] {
  const { store, outbox } = world
  return [
    route('GET', '/checkout/:secret', (_request, { secret }) => {
      const checkout = findByClientSecret(store, secret)
      if (!checkout) return notFoundPage()
      return checkout.status === 'open' ? payPage(checkout) : paidPage(checkout)
    }),
    route('POST', '/checkout/:secret/pay', async (_request, { secret }) => {
      const checkout = findByClientSecret(store, secret)
      if (!checkout) return notFoundPage()
      const paid = pay(world, checkout)
      await delivered(outbox)
      return seeOther(paid.success_url)
    }),
    route('GET', '/checkout/:secret/confirmation', (_request, { secret }) => {
      const checkout = findByClientSecret(store, secret)
      return checkout?.status === 'succeeded' ? paidPage(checkout) : notFoundPage()
    }),
    route('GET', '/portal', request => {
      const session = sessionOf(store, request)
      return session ? portalPage(session, activeSubscriptions(store, session.customer_id)) : notFoundPage()
    }),
    route('POST', '/portal/:id', async (request, { id }) => {
      const session = sessionOf(store, request)
      const subscription = store.subscriptions.get(id)
      if (!session || subscription?.customer_id !== session.customer_id) return notFoundPage()
      const action = (await request.formData()).get('action')
      if (action === 'cancel' && subscription.status === 'active') cancelAtPeriodEnd(world, subscription)
      if (action === 'end' && subscription.status === 'active') endNow(world, subscription)
      await delivered(outbox)
      return seeOther(session.customer_portal_url)
    }),
  ]
}

function sessionOf(store: Store, request: Request) {
  const token = new URL(request.url).searchParams.get('customer_session_token')
  return store.sessions.get(token ?? '')
}

async function delivered(outbox: Outbox): Promise<void> {
  const patience = new AbortController()
  const enough = sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined)
  await Promise.race([outbox.drained(), enough])
  patience.abort()
}

function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { location } })
}
