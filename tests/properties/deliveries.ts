import { setTimeout as sleep } from 'node:timers/promises'
import { clerkDelivery } from '../../scripts/local/clerk/webhooks.ts'
import { polarDelivery } from '../../scripts/local/polar/webhooks.ts'
import type { Api, Timed } from '../helpers/api-process.ts'
import { pick } from '../lib/billing/histories.ts'
import { services } from '../setup/services.ts'
import type { PolarEvent } from './billing-history.ts'
import type { ClerkEvent, Person } from './people.ts'

/** What reaches the API: an event, or a person's own request. */
export type Arrival =
  | ClerkEvent
  | PolarEvent
  | { source: 'person'; does: 'look' | 'make a key'; person: Person }

export type Taken = { arrival: Arrival; answer: Timed }

const AT_ONCE = 24
const PATIENCE_MS = 45_000

/** Lets everything arrive, up to 24 at once, each again and again until it is taken. */
export async function deliverAll(
  next: () => number,
  arrivals: readonly Arrival[],
  instances: readonly Api[],
): Promise<Taken[]> {
  const waiting = arrivals.map(arrival => ({ arrival, pauseMs: 20 + next() * 80 }))
  const taken: Taken[] = []
  const worker = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const { arrival, pauseMs } = one
      const answer = await untilTaken(() => send(arrival, pick(next, instances)), pauseMs)
      if (!isWelcome(arrival, answer)) throw new Refused(answer)
      taken.push({ arrival, answer })
    }
  }
  const giveUp = (error: unknown) => {
    waiting.length = 0
    throw error
  }
  const workers = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => worker().catch(giveUp)))
  for (const done of workers) if (done.status === 'rejected') throw done.reason
  return taken
}

/** Answered 5xx or not at all, it comes again, as from Svix and Polar. */
async function untilTaken(attempt: () => Promise<Timed>, pauseMs: number): Promise<Timed> {
  const deadline = performance.now() + PATIENCE_MS
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const answer = await attempt()
      if (answer.status < 500) return answer
      // A database that is away for a moment is the only fault there is.
      if (answer.status !== 503) throw new Refused(answer)
      last = answer.body
    } catch (error) {
      if (error instanceof Refused) throw error
      last = error
    }
    await sleep(pauseMs)
  }
  throw new Error(`not taken within ${PATIENCE_MS} ms`, { cause: last })
}

class Refused extends Error {
  constructor({ status, body }: Timed) {
    super(`answered ${status}: ${JSON.stringify(body)}`)
  }
}

/** Events are always taken; a person is refused when they left or have all the keys of their plan. */
function isWelcome(arrival: Arrival, { status, body }: Timed): boolean {
  if (status < 300) return true
  if (arrival.source !== 'person' || status !== 403) return false
  const reasons = [
    arrival.person.leaves && 'account_inactive',
    arrival.does === 'make a key' && 'limit_reached',
  ]
  return reasons.includes(body.code)
}

async function send(arrival: Arrival, api: Api): Promise<Timed> {
  if (arrival.source === 'person') {
    const headers = { Authorization: `Bearer ${await services.clerk.sessionToken(arrival.person.clerkId)}` }
    if (arrival.does === 'look') return api.get('/api/app/me', headers)
    return api.send('POST', '/api/app/api-keys', { headers, json: {} })
  }
  const { id, type, data } = arrival
  if (arrival.source === 'clerk') {
    const delivery = clerkDelivery(services.clerk.webhookSecret, { type, data }, { id })
    return api.send('POST', '/api/webhooks/clerk', delivery)
  }
  const event = { type, timestamp: arrival.timestamp, data }
  return api.send('POST', '/api/polar/webhook', polarDelivery(services.polar.webhookSecret, event, { id }))
}
