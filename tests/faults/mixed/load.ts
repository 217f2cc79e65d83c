import { setTimeout as sleep } from 'node:timers/promises'
import { random } from '../../lib/billing/histories.ts'
import { services } from '../../setup/services.ts'
import { type Hand, makeHand, newMark } from './hand.ts'
import { KINDS, type KindName } from './kinds/index.ts'
import { newTenant, tellOfPerson, tellOfSubscription } from './kinds/webhooks.ts'
import type { Ledger, LoadTenant } from './ledger.ts'

export type LoadOptions = {
  /** Base URLs of the API; each call goes to any of them. */
  urls: string[]
  tenants?: number
  clients?: number
  /** All kinds where left out. */
  kinds?: readonly KindName[]
  /** How long a client pauses between two things it does, on average. */
  pauseMs?: number
  seed?: number
}

export type RunningLoad = {
  /** Grows as the load goes on. */
  ledger: Ledger
  /** Begins nothing more, waits for what is under way, and gives all that was done. */
  stop(): Promise<Ledger>
}

const ONE_DAY_MS = 86_400_000

/**
 * Calls the API as several tenants do, many at once, until it is stopped. The tenants are new, have the largest
 * plan, and are made through the API as everything else; the API's processes must use this test file's stand-ins.
 */
export async function startLoad(options: LoadOptions): Promise<RunningLoad> {
  const { urls, tenants: count = 4, clients = 8, pauseMs = 50, seed = 1 } = options
  const ledger: Ledger = { urls, tenants: [], calls: [], effects: [] }
  let isOver = false
  const handFor = (tenant: LoadTenant, index: number) =>
    makeHand(ledger, tenant, random(seed * 10_000 + index), () => isOver)
  ledger.tenants = await Promise.all(Array.from({ length: count }, (_, index) => makeTenant(index, handFor)))
  const deal = dealer(options.kinds ?? (Object.keys(KINDS) as KindName[]), random(seed))

  async function work(hand: Hand): Promise<void> {
    while (!isOver) {
      await KINDS[deal()].kind.act(hand)
      await sleep(pauseMs * 2 * hand.next())
    }
  }
  const working = Array.from({ length: clients }, (_, index) => {
    const tenant = ledger.tenants[index % count]
    if (!tenant) throw new Error('there are no tenants')
    return work(handFor(tenant, index + count))
  })
  const ended = Promise.all(working)
  // Told by `stop`.
  ended.catch(() => {})
  return {
    ledger,
    async stop() {
      isOver = true
      await ended
      return ledger
    },
  }
}

async function makeTenant(
  index: number,
  handFor: (tenant: LoadTenant, index: number) => Hand,
): Promise<LoadTenant> {
  const clerkId = `user_${newMark()}`
  const session = { Authorization: `Bearer ${await services.clerk.sessionToken(clerkId)}` }
  const tenant = newTenant(session, clerkId)
  const hand = handFor(tenant, index)
  tenant.updatedAt = Date.now()
  const told = [
    await tellOfPerson(hand, clerkId, 'user.created', tenant.updatedAt),
    await tellOfSubscription(hand, 'subscription.active', new Date(Date.now() + ONE_DAY_MS)),
  ]
  for (const { status, body } of told)
    if (status !== 200) throw new Error(`no tenant could be made: ${status} ${JSON.stringify(body)}`)
  return tenant
}

/** Gives kinds in a random order, each as often as it weighs before any comes again. */
function dealer(kinds: readonly KindName[], next: () => number): () => KindName {
  let deck: KindName[] = []
  return () => {
    if (deck.length === 0)
      deck = kinds.flatMap(name => Array.from({ length: KINDS[name].weight }, () => name))
    const [dealt] = deck.splice(Math.floor(next() * deck.length), 1)
    if (!dealt) throw new Error('there are no kinds')
    return dealt
  }
}
