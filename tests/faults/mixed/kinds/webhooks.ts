import type { Document } from 'mongodb'
import { clerkDelivery, clerkUserData } from '../../../../scripts/local/clerk/webhooks.ts'
import { polarSubscription } from '../../../../scripts/local/polar/payloads.ts'
import { polarDelivery, polarTimestamp } from '../../../../scripts/local/polar/webhooks.ts'
import { services } from '../../../setup/services.ts'
import { type Hand, newMark, type Told } from '../hand.ts'
import { countedWrong, groupBy, type Kind } from '../kind.ts'
import { type Effect, isAcknowledged, type LoadTenant } from '../ledger.ts'

/** How often something that was taken is delivered once more. */
const REPEATED = 0.2

type Profile = { type: string; updatedAt: number }

/** Clerk's events: people that are new, and news of those that are known. Their mark is a first name. */
export const clerk: Kind = {
  async act(hand) {
    const { tenant } = hand
    if (hand.chance(0.4))
      return void (await tellOfPerson(hand, `user_${newMark()}`, 'user.created', Date.now()))
    tenant.updatedAt = Math.max(Date.now(), tenant.updatedAt + 1)
    await tellOfPerson(hand, tenant.clerkId, 'user.updated', tenant.updatedAt)
  },
  check(effects, { users }) {
    const byPerson = groupBy(effects as Effect<Profile>[], ({ clerkId }) => clerkId ?? '')
    const stored = groupBy(users, ({ clerkId }) => clerkId)
    return [...byPerson].flatMap(([clerkId, told]) => profileWrong(clerkId, told, stored.get(clerkId) ?? []))
  },
}

export function tellOfPerson(hand: Hand, clerkId: string, type: string, updatedAt: number): Promise<Told> {
  const effect = hand.begin<Profile>({ kind: 'clerk', clerkId, sent: { type, updatedAt } })
  const data = clerkUserData({ id: clerkId, firstName: effect.mark, updatedAt })
  const { headers, body } = clerkDelivery(services.clerk.webhookSecret, { type, data }, { id: effect.mark })
  return deliver(hand, effect, '/api/webhooks/clerk', headers, body)
}

async function deliver(
  hand: Hand,
  effect: Effect,
  path: string,
  headers: Record<string, string>,
  body: string,
): Promise<Told> {
  const ask = { method: 'POST', path, headers, body: () => body, again: true }
  const told = await hand.send(effect, ask)
  if (isAcknowledged(effect) && hand.chance(REPEATED)) await hand.send(effect, ask)
  return told
}

/** The profile is one that was told, whole, and none older than the newest acknowledged. */
function profileWrong(clerkId: string, told: Effect<Profile>[], users: Document[]): string[] {
  if (users.length > 1) return [`clerk ${clerkId}: stored ${users.length} times`]
  const newest = Math.max(...told.filter(isAcknowledged).map(({ sent }) => sent.updatedAt))
  const [user] = users
  if (!user) return newest > 0 ? [`clerk ${clerkId}: answered 2xx, but there is no user`] : []
  if (user.clerkUpdatedAt < newest) return [`clerk ${clerkId}: an acknowledged profile is not there`]
  const source = told.find(({ sent }) => sent.updatedAt === user.clerkUpdatedAt)
  return source?.mark === user.firstName ? [] : [`clerk ${clerkId}: a profile that nobody told`]
}

type Billing = { type: string; timestamp: string; periodEnd: string }

/** Polar's events: how a tenant's subscription stands, and what says nothing about it. Their mark is an event id. */
export const polar: Kind = {
  async act(hand) {
    const periodEnd = new Date(Date.now() + 1_000 * Math.floor(hand.next() * 1e7))
    const type = hand.chance(0.8) ? 'subscription.updated' : 'order.paid'
    await tellOfSubscription(hand, type, periodEnd)
  },
  check(effects, { polarevents, users }) {
    const events = groupBy(polarevents, ({ eventId }) => eventId)
    const own = effects as Effect<Billing>[]
    const counted = own.flatMap(effect => eventWrong(effect, events.get(effect.mark) ?? []))
    const standing = [...groupBy(own, ({ clerkId }) => clerkId ?? '')].flatMap(([clerkId, told]) => {
      const user = users.find(({ clerkId: id }) => id === clerkId)
      return standingWrong(
        clerkId,
        told.filter(({ mark }) => events.has(mark)),
        user,
      )
    })
    return [...counted, ...standing]
  },
}

export function tellOfSubscription(hand: Hand, type: string, periodEnd: Date): Promise<Told> {
  const { clerkId, subscriptionId: id } = hand.tenant
  const timestamp = polarTimestamp()
  const effect = hand.begin<Billing>({
    kind: 'polar',
    sent: { type, timestamp, periodEnd: periodEnd.toISOString() },
  })
  const { products, webhookSecret } = services.polar
  const about = { id, externalId: clerkId, productId: products.enterprise, products }
  const data = polarSubscription({ ...about, currentPeriodEnd: periodEnd })
  const { headers, body } = polarDelivery(webhookSecret, { type, timestamp, data }, { id: effect.mark })
  return deliver(hand, effect, '/api/polar/webhook', headers, body)
}

function eventWrong(effect: Effect<Billing>, found: Document[]): string[] {
  const { mark, sent, answers } = effect
  const status = sent.type === 'order.paid' ? 'ignored' : 'processed'
  const odd = found.filter(event => event.status !== status || event.type !== sent.type)
  const firsts = answers.filter(({ duplicate }) => !duplicate)
  return [
    ...countedWrong(effect, found.length, 'event'),
    ...odd.map(event => `polar ${mark}: it is ${event.status}`),
    ...(firsts.length > 1 ? [`polar ${mark}: ${firsts.length} deliveries were told to be the first`] : []),
  ]
}

/** The user stands as the newest of the stored events says: an event is stored and applied, or neither. */
function standingWrong(clerkId: string, kept: Effect<Billing>[], user: Document | undefined): string[] {
  const about = kept.filter(({ sent }) => sent.type.startsWith('subscription.'))
  const newest = about.toSorted((a, b) => (a.sent.timestamp < b.sent.timestamp ? 1 : -1))[0]
  if (!newest) return []
  const wanted = Date.parse(newest.sent.periodEnd)
  const shown = user?.currentPeriodEnd?.getTime()
  const listed = (user?.polarSubscriptions ?? []).map((one: Document) => one.currentPeriodEnd?.getTime())
  if (shown === wanted && listed.length === 1 && listed[0] === wanted) return []
  return [`polar ${clerkId}: stands at ${shown} (${listed}), the newest event says ${wanted}`]
}

/** A tenant whom nobody else has, with the largest plan. */
export function newTenant(session: Record<string, string>, clerkId: string): LoadTenant {
  const email = `${clerkId}@example.com`
  const nothing = { conversations: [], files: [], updatedAt: 0 }
  return { clerkId, email, session, subscriptionId: crypto.randomUUID(), ...nothing }
}
