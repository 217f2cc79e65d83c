import { Types } from 'mongoose'
import { createApiKey } from '../../lib/keys/create-key.ts'
import { LIMIT_NAMES, type LimitName } from '../../lib/limits/plans.ts'
import { toAccount } from '../../lib/users/account.ts'
import { User } from '../../models/user.ts'

export type BenchTenant = { clerkId: string; key: string; headers: { Authorization: string } }

/** More than any measurement asks for. A number, not "unlimited": what is limited is counted. */
const PLENTY = 1_000_000_000

/**
 * Stored tenants of the largest plan whose limits nothing here reaches, each with a key made as users make it. What
 * is `unlimited` has no limit at all, as that plan's messages have none.
 */
export async function makeTenants(
  count: number,
  unlimited: readonly LimitName[] = [],
): Promise<BenchTenant[]> {
  return Promise.all(Array.from({ length: count }, () => makeTenant(unlimited)))
}

async function makeTenant(unlimited: readonly LimitName[]): Promise<BenchTenant> {
  const clerkId = `user_${new Types.ObjectId().toHexString()}`
  const limits = Object.fromEntries(LIMIT_NAMES.map(name => [name, unlimited.includes(name) ? null : PLENTY]))
  const user = await User.create({ clerkId, email: `${clerkId}@example.com`, plan: 'enterprise', limits })
  const { key } = await createApiKey({ kind: 'user', clerkId, account: toAccount(user) }, { name: 'bench' })
  return { clerkId, key, headers: { Authorization: `Bearer ${key}` } }
}
