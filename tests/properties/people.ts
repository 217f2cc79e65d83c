import { clerkUserData } from '../../scripts/local/clerk/webhooks.ts'
import { stableUuid } from '../../scripts/local/polar/ids.ts'
import { pick } from '../lib/billing/histories.ts'

/** Somebody the outside services tell about. */
export type Person = {
  clerkId: string
  /** The id of this person's one customer at Polar. */
  customerId: string
  /** The address that Polar has, which is no user's. */
  billingEmail: string
  /** Clerk knows them. A stranger has only billing events. */
  isUser: boolean
  /** Their address at Clerk changes. */
  moves: boolean
  /** Polar names no user of theirs: they are found by their address, which is the same for ever. */
  paysAsGuest: boolean
  leaves: boolean
}

/** An event as Clerk tells it. */
export type ClerkEvent = {
  source: 'clerk'
  id: string
  type: string
  data: ReturnType<typeof clerkUserData> | { id: string; object: 'user'; deleted: true }
}

/** Some people of a seed. */
export function somePeople(next: () => number, seed: number): Person[] {
  return Array.from({ length: 2 + Math.floor(next() * 3) }, (_, index) => {
    const name = `s${seed}p${index}`
    const leaves = next() < 0.25
    const isUser = leaves || next() < 0.85
    const moves = leaves || next() < 0.5
    return {
      clerkId: `user_${name}`,
      customerId: stableUuid(`customer ${name}`),
      billingEmail: `billing-${name}@shop.example`,
      isUser,
      moves,
      paysAsGuest: isUser && !moves && next() < 0.5,
      leaves,
    }
  })
}

/** All that Clerk tells about a person, in time order: created, updated some times, perhaps deleted. */
export function clerkHistory(next: () => number, person: Person, startMs: number): ClerkEvent[] {
  if (!person.isUser) return []
  const { clerkId } = person
  let updatedAt = startMs
  const events = Array.from({ length: 1 + Math.floor(next() * 5) }, (_, index): ClerkEvent => {
    updatedAt += 1 + Math.floor(next() * 5_000)
    const email = person.moves ? pick(next, addresses(clerkId)) : `${clerkId}@example.com`
    return {
      source: 'clerk',
      id: `msg_${clerkId}_${index}`,
      type: index === 0 ? 'user.created' : 'user.updated',
      data: clerkUserData({
        id: clerkId,
        email,
        firstName: pick(next, ['Ada', 'Zoë', 'Émile', null]),
        lastName: pick(next, ['Lovelace', '李', "O'Hara", null]),
        imageUrl: `https://img.example.com/${clerkId}/${index}.png`,
        ...pick(next, [{}, { role: 'admin' }, { role: 'owner' }]),
        updatedAt,
      }),
    }
  })
  const deletion = { id: clerkId, object: 'user', deleted: true } as const
  if (person.leaves)
    events.push({ source: 'clerk', id: `msg_${clerkId}_deleted`, type: 'user.deleted', data: deletion })
  return events
}

const addresses = (clerkId: string) => ['home.example', 'Work.Example'].map(host => `${clerkId}@${host}`)
