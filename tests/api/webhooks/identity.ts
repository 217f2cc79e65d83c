import { randomUUID } from 'node:crypto'
import { User } from '../../../models/user.ts'
import { type ClerkProfile, clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { type Answer, expectStatus } from '../../helpers/call.ts'
import { deliverClerk } from '../../helpers/tenant.ts'

export type Outcome = 'created' | 'updated' | 'stale' | 'deleted' | 'ignored'

export function freshClerkId(): string {
  return `user_${randomUUID().replaceAll('-', '')}`
}

/** The stored user of a Clerk id, whole; null when there is none. */
export function storedUser(clerkId: string) {
  return User.findOne({ clerkId }).lean()
}

/** Delivers user.created or user.updated for a profile. */
export function deliverUser(type: 'user.created' | 'user.updated', profile: ClerkProfile): Promise<Answer> {
  return deliverClerk(type, clerkUserData(profile))
}

export function deliverDeletion(clerkId: string): Promise<Answer> {
  return deliverClerk('user.deleted', { id: clerkId, object: 'user', deleted: true })
}

/** Asserts that a delivery was taken, and what became of it. */
export function expectOutcome(answer: Answer, outcome: Outcome): void {
  expectStatus(answer, 200)
  if (answer.body.outcome !== outcome) throw new Error(`outcome ${answer.body.outcome}, not ${outcome}`)
}

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map(item => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}
