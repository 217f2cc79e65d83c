import { User, type UserDocument } from '../../models/user.ts'
import { config } from '../config.ts'
import { eachOf } from '../db/each.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { type ListedCustomer, listActiveCustomers } from '../polar/client.ts'
import { type CheckReport, checkAll } from './internal/check-all.ts'
import type { Candidate } from './internal/check-customer.ts'
import { findCustomer } from './internal/find-customer.ts'
import { customerIdsOf, LEDGER_FIELDS } from './internal/ledger.ts'

/** A function may run for 300 s; a check that has begun must end within it. */
const TIME_TO_BEGIN_MS = 170_000
/** The server forgets a cursor that is not read from for ten minutes. */
const BATCH_SIZE = 20

const FIELDS = { clerkId: 1, polarCheckAt: 1, ...LEDGER_FIELDS } as const

type Found = Pick<UserDocument, keyof typeof FIELDS>

/**
 * The settings that this deployment lacks to ask Polar how customers stand. Without any product every plan
 * would look like none.
 */
export function missingToReconcile(): string[] {
  const { POLAR_ACCESS_TOKEN, POLAR_PRODUCT_PROFESSIONAL, POLAR_PRODUCT_ENTERPRISE } = config()
  return [
    ...(POLAR_ACCESS_TOKEN ? [] : ['POLAR_ACCESS_TOKEN']),
    ...(POLAR_PRODUCT_PROFESSIONAL || POLAR_PRODUCT_ENTERPRISE
      ? []
      : ['POLAR_PRODUCT_PROFESSIONAL or POLAR_PRODUCT_ENTERPRISE']),
  ]
}

/**
 * Asks Polar about the customers whose check is due, the longest due first, and sets right what an event that
 * was missed left wrong. Begins no check after `until`; what is left comes next time. Two runs at once do each
 * customer once.
 */
export async function reconcileDue({ until }: { until?: Date } = {}): Promise<CheckReport> {
  const due = scheduled({ $lte: new Date() })
  const longestDueFirst = usersOf(due, { polarCheckAt: 1 })
  return checkAll(longestDueFirst, { until: until ?? new Date(Date.now() + TIME_TO_BEGIN_MS) })
}

/**
 * Asks Polar about everybody who is or may be its customer, also those whom only its own list of active
 * subscriptions names.
 * @throws AppError `unavailable` when that list cannot be had.
 */
export async function reconcileAll(): Promise<CheckReport> {
  const asked: Asked = new Map()
  const first = await checkAll(known(asked))
  if (first.gaveUp !== undefined) return first
  // One at a time: a user who is checked for another customer must not be in hand still.
  const { checked, changed, failed, ...rest } = await checkAll(listed(asked), { atOnce: 1 })
  return {
    checked: first.checked + checked,
    changed: first.changed + changed,
    failed: first.failed + failed,
    ...rest,
  }
}

/** Of each user in this run, the customers that were asked about beside the one with the user's own id. */
type Asked = Map<string, string[]>

/** Those whose check failed the last time come after all others: it was put off by that. */
async function* known(asked: Asked): AsyncGenerator<Candidate> {
  for await (const user of heardOf()) {
    // A check moves its user on to where the cursor may find them again.
    if (asked.has(user.clerkId)) continue
    asked.set(user.clerkId, customerIdsOf(user))
    yield user
  }
}

async function* heardOf(): AsyncGenerator<Found> {
  yield* usersOf({ polarCustomerId: { $type: 'string' }, polarCheckAt: null, deletedAt: null })
  yield* usersOf(scheduled(), { polarCheckAt: 1 })
}

/** Whom Polar lists, by any customer that was not asked about. */
async function* listed(asked: Asked): AsyncGenerator<Candidate> {
  for await (const customers of listActiveCustomers()) {
    for (const customer of customers) {
      if (customer.externalId !== null && asked.has(customer.externalId)) continue
      const user = await userBehind(customer)
      if (!user) continue
      const customerIds = asked.get(user.clerkId) ?? []
      if (customerIds.includes(customer.id)) continue
      asked.set(user.clerkId, [...customerIds, customer.id])
      yield { ...user, customerId: customer.id }
    }
  }
}

async function userBehind(customer: ListedCustomer): Promise<Found | null> {
  const found = await findCustomer(customer)
  return found && User.findOne({ clerkId: found.clerkId, deletedAt: null }, FIELDS).lean()
}

/** Users with a check to come. The type is named for the sake of the partial index. */
function scheduled(when: { $lte?: Date } = {}) {
  return { polarCheckAt: { $type: 'date' as const, ...when }, deletedAt: null }
}

/** Users of all tenants, read in small batches. */
function usersOf(filter: object, order: Record<string, 1> = {}): AsyncGenerator<Found> {
  const cursor = User.find(filter, FIELDS, ACROSS_TENANTS)
    .sort(order)
    .lean()
    .cursor({ batchSize: BATCH_SIZE })
  return eachOf<Found>(cursor)
}
