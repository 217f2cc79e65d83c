import { expect } from 'vitest'
import { ApiKey } from '../../models/api-key.ts'
import { PolarEvent as StoredEvent } from '../../models/polar-event.ts'
import { User } from '../../models/user.ts'
import type { PolarEvent } from './billing-history.ts'
import type { Taken } from './deliveries.ts'
import { expectedBilling, expectedProfile } from './expected.ts'
import type { ClerkEvent, Person } from './people.ts'
import { timeline } from './timeline.ts'

/** All that was told about a person, in time order. */
export type Story = { person: Person; clerk: ClerkEvent[]; polar: PolarEvent[] }

/** Asserts that a person is stored as the events mean them. */
export async function expectUser({ person, clerk, polar }: Story): Promise<void> {
  const { clerkId, customerId, leaves } = person
  const { deletedAt, ...user } = (await User.findOne({ clerkId }).lean()) ?? {}
  expect({ ...user, isDeleted: Boolean(deletedAt) }, `${clerkId}\n${timeline(polar)}\n`).toMatchObject({
    ...expectedBilling(polar, customerId),
    // Which profile was the last before the deletion depends on the order of arrival.
    ...(!leaves && expectedProfile(clerk)),
    isDeleted: leaves,
  })
}

/** Asserts that every billing event is stored once, and applied if there is a user to apply it to. */
export async function expectEvents({ person, polar }: Story): Promise<void> {
  const stored = await StoredEvent.find({ eventId: { $in: polar.map(({ id }) => id) } }).lean()
  const expected = polar.map(({ id, type, kind }) => {
    const status = kind === 'other' ? 'ignored' : person.isUser ? 'processed' : 'pending'
    return `${id} ${type} ${status} ${status === 'processed'} null`
  })
  const kept = stored.map(({ eventId, type, status, processedAt, error }) => {
    return `${eventId} ${type} ${status} ${processedAt !== null} ${error}`
  })
  expect(kept.sort(), `events of ${person.clerkId}\n${timeline(polar)}\n`).toEqual(expected.sort())
}

/** Asserts that the keys which were handed out are there, and work unless their owner left. */
export async function expectKeys({ person }: Story, taken: readonly Taken[]): Promise<void> {
  const { clerkId, leaves } = person
  const made = taken.flatMap(({ arrival, answer }) =>
    arrival.source === 'person' && arrival.person === person && answer.status === 201 ? [answer.body.id] : [],
  )
  const stored = await ApiKey.find({ clerkId }, { revokedAt: 1 }).lean()
  const ids = stored.map(({ _id }) => _id.toHexString())
  expect(ids, `keys of ${clerkId}`).toEqual(expect.arrayContaining(made))
  for (const { revokedAt } of stored)
    expect(Boolean(revokedAt), `a key of ${clerkId} is revoked`).toBe(leaves)
}
