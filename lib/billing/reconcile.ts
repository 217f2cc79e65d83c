import { User } from '../../models/user.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { listActiveCustomers } from '../polar/client.ts'
import { type CheckCounts, checkAll } from './internal/check-all.ts'
import type { Candidate } from './internal/check-customer.ts'

/** A function may run for 300 s; a check that has begun must end within it. */
const TIME_TO_BEGIN_MS = 200_000
const BATCH_SIZE = 50

const FIELDS = { clerkId: 1, polarCheckAt: 1 } as const

/**
 * Asks Polar about the customers whose check is due, the longest due first, and sets right what an event that
 * was missed left wrong. Begins no check after `until`; what is left comes next time. Two runs at once do each
 * customer once.
 */
export async function reconcileDue({ until }: { until?: Date } = {}): Promise<CheckCounts> {
  // The type is named for the sake of the partial index.
  const due = { polarCheckAt: { $type: 'date' as const, $lte: new Date() }, deletedAt: null }
  return checkAll(usersOf(due, { polarCheckAt: 1 }), until ?? new Date(Date.now() + TIME_TO_BEGIN_MS))
}

/**
 * Asks Polar about everybody who is or may be its customer, also those whom only its own list of active
 * subscriptions names.
 * @throws AppError `unavailable` when that list cannot be had.
 */
export function reconcileAll(): Promise<CheckCounts> {
  return checkAll(everybody())
}

async function* everybody(): AsyncGenerator<Candidate> {
  const heardOf = {
    $or: [{ polarCustomerId: { $type: 'string' as const } }, { polarCheckAt: { $type: 'date' as const } }],
    deletedAt: null,
  }
  yield* usersOf(heardOf)
  for await (const externalIds of listActiveCustomers()) {
    const unheardOf = { clerkId: { $in: externalIds }, polarCustomerId: null, polarCheckAt: null }
    yield* await User.find({ ...unheardOf, deletedAt: null }, FIELDS).lean()
  }
}

/** Users of all tenants, read in small batches. */
async function* usersOf(filter: object, order: Record<string, 1> = {}): AsyncGenerator<Candidate> {
  const cursor = User.find(filter, FIELDS, ACROSS_TENANTS)
    .sort(order)
    .lean()
    .cursor({ batchSize: BATCH_SIZE })
  try {
    yield* cursor
  } finally {
    await cursor.close()
  }
}
