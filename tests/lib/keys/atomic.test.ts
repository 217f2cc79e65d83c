import { expect, it } from 'vitest'
import type { UserCaller } from '../../../lib/auth/caller.ts'
import { inTransaction } from '../../../lib/db/transaction.ts'
import { createApiKey } from '../../../lib/keys/create-key.ts'
import { restoreApiKey } from '../../../lib/keys/restore-key.ts'
import { rotateApiKey } from '../../../lib/keys/rotate-key.ts'
import { findAccount } from '../../../lib/users/account.ts'
import { ApiKey } from '../../../models/api-key.ts'
import { freshTenant } from '../../helpers/tenant.ts'

/** A caller with a working and a just revoked key. */
async function callerWithKeys() {
  const tenant = await freshTenant()
  const [working, revoked] = [await tenant.newKey(), await tenant.newKey()]
  await tenant.call('DELETE', `/api/app/api-keys?keyId=${revoked.id}`)
  const account = await findAccount(tenant.clerkId)
  if (!account) throw new Error('no account')
  const caller: UserCaller = { kind: 'user', clerkId: tenant.clerkId, account }
  return { caller, working: working.id, revoked: revoked.id }
}

type Keys = Awaited<ReturnType<typeof callerWithKeys>>

it.each<[string, (keys: Keys) => Promise<unknown>]>([
  ['creating', ({ caller }) => createApiKey(caller, {})],
  ['restoring', ({ caller, revoked }) => restoreApiKey(caller, revoked)],
  ['rotating', ({ caller, working }) => rotateApiKey(caller, { keyId: working, graceSeconds: 60 })],
  [
    'rotating without grace',
    ({ caller, working }) => rotateApiKey(caller, { keyId: working, graceSeconds: 0 }),
  ],
])('%s within a transaction happens with it or not at all', async (_what, work) => {
  const keys = await callerWithKeys()
  const { clerkId } = keys.caller
  const stored = () => ApiKey.find({ clerkId }).lean()
  const before = await stored()
  const undone = inTransaction(async () => {
    await work(keys)
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  expect(await stored()).toEqual(before)
  await inTransaction(() => work(keys))
  expect(await stored()).not.toEqual(before)
})
