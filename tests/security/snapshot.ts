import { mongo } from 'mongoose'
import { connect } from '../../lib/db/connect.ts'
import type { Tenant } from '../helpers/tenant.ts'
import { background } from '../setup/file.ts'

/** Documents by `collection id`, each as extended JSON. */
export type Snapshot = Record<string, string>

const NOT_WATCHED = ['usagelogs']
/** What the mere use of a credential moves. */
const MOVING: Record<string, readonly string[]> = { apikeys: ['lastUsedAt', 'updatedAt'] }

/**
 * All that the database holds of a tenant, in every collection there is: the documents that hold its Clerk id
 * or address, and those that share an object id with one of these. Waits for background work first.
 */
export async function snapshotOf({ clerkId, email }: Tenant): Promise<Snapshot> {
  await background.drain()
  const left = await everything()
  const found: Snapshot = {}
  const names = new Set([clerkId, email])
  for (let grows = true; grows; ) {
    grows = false
    for (const [at, text] of left) {
      if (![...names].some(name => text.includes(name))) continue
      found[at] = text
      left.delete(at)
      for (const [, id = ''] of text.matchAll(/"([0-9a-f]{24})"/g)) names.add(id)
      grows = true
    }
  }
  return found
}

async function everything(): Promise<Map<string, string>> {
  const { db } = await connect()
  if (!db) throw new Error('no database')
  const collections = await db.listCollections({}, { nameOnly: true }).toArray()
  const watched = collections.filter(({ name }) => !NOT_WATCHED.includes(name) && !name.startsWith('system.'))
  const documents = await Promise.all(
    watched.map(async ({ name }) => {
      const found = await db.collection(name).find().toArray()
      return found.map(document => [`${name} ${document._id}`, textOf(name, document)] as const)
    }),
  )
  return new Map(documents.flat())
}

function textOf(collection: string, document: mongo.Document): string {
  const kept = Object.entries(document).filter(([field]) => !MOVING[collection]?.includes(field))
  return mongo.BSON.EJSON.stringify(Object.fromEntries(kept))
}

/** The documents that one snapshot has and the other has not, or has otherwise. */
export function changedBetween(before: Snapshot, after: Snapshot): string[] {
  const all = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...all].filter(at => before[at] !== after[at])
}
