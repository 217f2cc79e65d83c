import { PolarEvent } from '../../../models/polar-event.ts'
import { User } from '../../../models/user.ts'
import { eachOf } from '../../db/each.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import type { CustomerRef } from './change.ts'
import { customerIdsOf, LEDGER_FIELDS } from './ledger.ts'
import { EMAILS, EXTERNAL_IDS, IDS, refOf } from './named-customer.ts'

const STATUSES = ['processed', 'ignored', 'pending', 'failed'] as const
/** Statuses of events of which it may be that nobody read whom they are about. */
const UNREAD = ['ignored', 'failed'] as const

/** Who asks for their events, by all that Polar knows them by. */
type Customer = { clerkId: string; email: string; ids: string[] }

/**
 * The events about a user, as Polar names its customers: by the user's own id, by a customer's id that is
 * linked to this user alone, or, where an event names neither, by an address that is this user's alone.
 */
export async function* ownedEvents(clerkId: string) {
  const user = await User.findOne({ clerkId }, { email: 1, ...LEDGER_FIELDS }).lean()
  if (!user) return
  const customer = { clerkId, email: user.email, ids: customerIdsOf(user) }
  const isOwned = ownershipOf(customer, await isOnlyUserOf(customer))
  const found = PolarEvent.find(mayBeAbout(customer)).lean().cursor({ batchSize: 100 })
  for await (const event of eachOf(found)) if (await isOwned(refOf(event))) yield event
}

/** Filter for all events that name the customer in any way, each side of it served by an index. */
function mayBeAbout({ clerkId, email, ids }: Customer) {
  const named = { status: { $in: STATUSES } }
  const told = (places: string[], values: (string | RegExp)[]) =>
    places.map(place => ({ [`payload.data.${place}`]: { $in: values } }))
  const inPayload = [
    ...told(EXTERNAL_IDS, [clerkId]),
    ...told(IDS, ids),
    ...told(EMAILS, [new RegExp(`^${email.replace(/[^\w@]/g, '\\$&')}$`, 'i')]),
    { payload: { $type: 'string' as const } },
  ]
  return {
    $or: [
      { ...named, 'customer.externalId': clerkId },
      { ...named, 'customer.id': { $in: ids } },
      { ...named, 'customer.email': email },
      { status: { $in: UNREAD }, 'customer.externalId': null, isNamed: { $ne: true }, $or: inPayload },
    ],
  }
}

function ownershipOf({ clerkId, email, ids }: Customer, isOnlyUser: boolean) {
  const others = new Map<string, Promise<boolean>>()
  const isAnothers = (id: string) => {
    const asked = others.get(id) ?? isLinkedElsewhere(id, clerkId)
    others.set(id, asked)
    return asked
  }
  return async (named: CustomerRef): Promise<boolean> => {
    if (named.externalId !== null) return named.externalId === clerkId
    if (named.id !== null && (await isAnothers(named.id))) return false
    if (named.id !== null && ids.includes(named.id)) return true
    return isOnlyUser && named.email === email
  }
}

async function isLinkedElsewhere(id: string, clerkId: string): Promise<boolean> {
  const linked = [
    { polarCustomerId: id },
    { 'polarSubscriptions.customerId': id },
    { 'polarStates.customerId': id },
  ]
  const another = { clerkId: { $ne: clerkId }, $or: linked }
  return (await User.exists(another).setOptions(ACROSS_TENANTS)) !== null
}

/** What only names an address is of the user who has it now. */
async function isOnlyUserOf({ email, clerkId }: Customer): Promise<boolean> {
  const another = { email, clerkId: { $ne: clerkId }, deletedAt: null }
  return (await User.exists(another).setOptions(ACROSS_TENANTS)) === null
}
