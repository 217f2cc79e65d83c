import { mongo } from 'mongoose'
import { connect } from '../../../lib/db/connect.ts'
import { User } from '../../../models/user.ts'
import { deliverDeletion } from '../../api/webhooks/identity.ts'
import { call } from '../../helpers/call.ts'
import type { Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** Every document of every collection there is, by `collection id`, as extended JSON. */
export type Everything = Map<string, string>

export async function everything(): Promise<Everything> {
  await background.drain()
  const { db } = await connect()
  if (!db) throw new Error('no database')
  const collections = await db.listCollections({}, { nameOnly: true }).toArray()
  const found: Everything = new Map()
  for (const { name } of collections) {
    if (name.startsWith('system.')) continue
    for await (const document of db.collection(name).find())
      found.set(`${name} ${document._id}`, mongo.BSON.EJSON.stringify(document))
  }
  return found
}

/** The documents that hold one of these texts, by `collection id`. */
export function holding(all: Everything, texts: readonly string[]): string[] {
  return [...all].flatMap(([at, text]) => (texts.some(sought => text.includes(sought)) ? [at] : []))
}

/** Deletes an account as Clerk tells it, so many days ago. */
export async function deleteAccount({ clerkId }: Pick<Tenant, 'clerkId'>, daysAgo = 31): Promise<void> {
  await deliverDeletion(clerkId)
  await background.drain()
  await User.updateOne({ clerkId }, { $set: { deletedAt: new Date(Date.now() - daysAgo * DAY_MS) } })
}

export function runCron() {
  return call('GET', '/api/cron/daily', { headers: { Authorization: `Bearer ${services.cronSecret}` } })
}
