import { randomUUID } from 'node:crypto'
import { DailyFigures } from '../../../models/daily-figures.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { User } from '../../../models/user.ts'

export const DAY_MS = 86_400_000

/** Noon of today (UTC), in real time: what is older than 90 days leaves the usage log by itself. */
export const NOON = new Date(`${new Date().toISOString().slice(0, 10)}T12:00:00.000Z`)

/** A moment so many days before today's noon. */
export const daysAgo = (days: number, ms = 0) => new Date(NOON.getTime() - days * DAY_MS + ms)
export const dayOf = (moment: Date) => moment.toISOString().slice(0, 10)
export const midnight = (days: number, ms = 0) => new Date(Date.parse(dayOf(daysAgo(days))) + ms)

type Request = { at: Date; clerkId?: string; status?: number; metadata?: object }

/** Stores usage rows as they would have been logged then. */
export async function requested(...requests: Request[]): Promise<void> {
  const documents = requests.map(({ at, clerkId = 'somebody', status = 200, metadata = {} }) => ({
    ...{ clerkId, endpoint: '/api/x', method: 'GET', status, responseTimeMs: 5, metadata },
    ...{ createdAt: at, updatedAt: at },
  }))
  await UsageLog.collection.insertMany(documents as never)
}

type Account = { createdAt?: Date; email?: string; plan?: string; deletedAt?: Date; suspension?: object }

/** Stores accounts, past the model where it would set times of its own. */
export async function signedUp(...accounts: Account[]): Promise<void> {
  const documents = accounts.map(account => {
    const clerkId = `user_${randomUUID()}`
    const unset = { deletedAt: null, suspension: null, plan: 'starter', createdAt: NOON }
    return { clerkId, email: `${clerkId}@example.com`, ...unset, ...account }
  })
  await User.collection.insertMany(documents as never)
}

/** As it is on the first day. */
export async function forgetAll(): Promise<void> {
  const all = { _id: { $exists: true } }
  for (const model of [DailyFigures, UsageLog, User]) await model.collection.deleteMany(all)
}

export const QUIET_DAY = {
  signUps: 0,
  activeTenants: 0,
  requests: 0,
  errors: 0,
  promptTokens: 0,
  completionTokens: 0,
  costUsd: 0,
}
