import type { CommandStartedEvent } from 'mongodb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { purgeDeletedAccounts } from '../../../lib/privacy/purge-accounts.ts'
import { forgetUser } from '../../../lib/users/forget-user.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { PurgedAccount } from '../../../models/purged-account.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { User } from '../../../models/user.ts'
import { startApi } from '../../helpers/api-process.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { fileForm, uploadAndWait } from '../../helpers/files.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { deleteAccount, everything, holding } from './database.ts'
import { fullTenant } from './full-tenant.ts'

afterEach(() => {
  vi.useRealTimers()
})

async function deletedTenant(daysAgo?: number) {
  const tenant = await freshTenant()
  await tenant.newKey()
  await deleteAccount(tenant, daysAgo)
  return tenant
}

const traces = async (texts: string[]) => holding(await everything(), texts)
const hashes = () => PurgedAccount.countDocuments()

describe('a purge', () => {
  it('leaves accounts that were deleted less than 30 days ago, and live ones', async () => {
    const [recent, live] = [await deletedTenant(29), await freshTenant()]
    const before = await everything()
    expect(await purgeDeletedAccounts()).toEqual({ purged: 0, remaining: 0 })
    expect(await everything()).toEqual(before)
    expect(
      await forgetUser(live.clerkId, (await User.findOne({ clerkId: live.clerkId }))?.updatedAt ?? null),
    ).toBe(false)
    expect(holding(before, [recent.clerkId]).length).toBeGreaterThan(0)
  })

  it('begins nothing when its time is over', async () => {
    const { clerkId } = await deletedTenant()
    const before = await everything()
    expect(await purgeDeletedAccounts({ until: new Date(Date.now() - 1) })).toEqual({
      purged: 0,
      remaining: 1,
    })
    expect(await everything()).toEqual(before)
    expect(await purgeDeletedAccounts()).toEqual({ purged: 1, remaining: 0 })
    expect(await traces([clerkId])).toEqual([])
  })

  it('goes on wherever its time was over', async () => {
    const { clerkId, email, mark, ...tenant } = await fullTenant()
    await deleteAccount({ clerkId })
    let runs = 0
    for (let isDone = false; !isDone; runs += 1) {
      const { purged, remaining } = await endingAfterOneRemoval()
      expect(purged + remaining).toBe(1)
      isDone = purged === 1
    }
    expect(runs).toBeGreaterThan(10)
    expect(await traces([clerkId, email, mark, tenant.file.id, tenant.conversationId])).toEqual([])
  }, 120_000)

  it('removes in batches what is much', async () => {
    const { clerkId } = await deletedTenant()
    await UsageLog.deleteMany({ clerkId })
    const log = { clerkId, endpoint: '/api/ai', method: 'POST' as const, status: 200 }
    await UsageLog.insertMany(Array.from({ length: 2_500 }, () => log))
    const commands = await commandsOf(async () => {
      expect(await purgeDeletedAccounts()).toEqual({ purged: 1, remaining: 0 })
    })
    expect(commands.filter(command => command === 'delete usagelogs')).toHaveLength(3)
    expect(await traces([clerkId])).toEqual([])
  })

  it('counts an account once that two runs remove at once', async () => {
    const tenants = await Promise.all([1, 2, 3, 4, 5, 6].map(() => deletedTenant()))
    const before = await hashes()
    const reports = await Promise.all([1, 2].map(() => purgeDeletedAccounts()))
    expect(reports.reduce((sum, { purged }) => sum + purged, 0)).toBe(6)
    expect((await hashes()) - before).toBe(6)
    expect(await traces(tenants.map(({ clerkId }) => clerkId))).toEqual([])
    expect(await purgeDeletedAccounts()).toEqual({ purged: 0, remaining: 0 })
  })

  it('is not held up by an account whose bytes cannot be reached, and removes that one later', async () => {
    const [stuck, other] = [await freshTenant(), await deletedTenant(32)]
    const { id } = await uploadAndWait(stuck, fileForm('Bytes in a bucket'))
    const isIn = (storageProvider: 's3' | 'mongodb_gridfs') =>
      KnowledgeFile.updateOne({ _id: id, clerkId: stuck.clerkId }, { $set: { storageProvider } })
    await isIn('s3')
    await deleteAccount(stuck, 40)
    expect(await purgeDeletedAccounts()).toEqual({ purged: 1, remaining: 1 })
    expect(await traces([other.clerkId])).toEqual([])
    expect(await traces([stuck.clerkId])).not.toEqual([])
    await isIn('mongodb_gridfs')
    expect(await purgeDeletedAccounts()).toEqual({ purged: 1, remaining: 0 })
    expect(await traces([stuck.clerkId, id])).toEqual([])
  })

  it('forgets nobody of whom something was told meanwhile', async () => {
    const { clerkId } = await deletedTenant()
    const account = await User.findOne({ clerkId }).lean()
    await User.updateOne({ clerkId }, { $set: { plan: 'professional' } })
    expect(await forgetUser(clerkId, account?.updatedAt ?? null)).toBe(false)
    expect(await purgeDeletedAccounts()).toEqual({ purged: 1, remaining: 0 })
  })

  it('is finished by the next one when its process is killed', async () => {
    const { clerkId, mark, file } = await fullTenant()
    await deleteAccount({ clerkId })
    const uri = new URL(process.env.MONGODB_URI ?? '')
    const api = await startApi({ MONGODB_URI: uri.href })
    const cut = api
      .get('/api/cron/daily', { Authorization: `Bearer ${services.cronSecret}` })
      .catch(() => null)
    while ((await KnowledgeFile.countDocuments({ clerkId })) === 4);
    await api.stop('SIGKILL')
    await cut
    await purgeDeletedAccounts()
    expect(await traces([clerkId, mark, file.id])).toEqual([])
  }, 120_000)
})

/** A purge the time of which is over with the first thing that it removes. */
async function endingAfterOneRemoval() {
  const client = (await connect()).getClient()
  const now = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now })
  const end = ({ commandName }: CommandStartedEvent) => {
    if (commandName === 'delete') vi.setSystemTime(now + 120_000)
  }
  client.on('commandStarted', end)
  try {
    return await purgeDeletedAccounts({ until: new Date(now + 60_000) })
  } finally {
    client.off('commandStarted', end)
    vi.useRealTimers()
  }
}
