import type { CommandStartedEvent } from 'mongodb'
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
  await watchWrites()
  if (latest?.clerkId === clerkId && !hasWritten) return latest.snapshot
  hasWritten = false
  const hash = await hashOfAll()
  if (latest?.clerkId !== clerkId || latest.hash !== hash)
    latest = { clerkId, hash, snapshot: await takeSnapshot(clerkId, email) }
  return latest.snapshot
}

/** Most requests change nothing at all, which the server tells faster than a look at everything. */
let latest: { clerkId: string; hash: string; snapshot: Snapshot } | undefined

/** Commands that change no document; of any other, nothing is supposed. */
const READS = new Set(
  'aggregate count dbHash distinct endSessions find getMore hello killCursors listCollections ping'.split(
    ' ',
  ),
)
let isWatching = false
let hasWritten = true

/** Requests are served in this process: without a write of its own since the last look, all is as it was. */
async function watchWrites(): Promise<void> {
  if (isWatching) return
  isWatching = true
  const client = (await connect()).getClient()
  client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
    if (!READS.has(commandName) && !NOT_WATCHED.includes(command[commandName])) hasWritten = true
  })
}

async function hashOfAll(): Promise<string> {
  const { db, watched } = await watchedCollections()
  const { collections } = await db.command({ dbHash: 1, collections: watched })
  return JSON.stringify(collections)
}

async function takeSnapshot(clerkId: string, email: string): Promise<Snapshot> {
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

async function watchedCollections() {
  const { db } = await connect()
  if (!db) throw new Error('no database')
  const collections = await db.listCollections({}, { nameOnly: true }).toArray()
  const names = collections.map(({ name }) => name)
  return {
    db,
    watched: names.filter(name => !NOT_WATCHED.includes(name) && !name.startsWith('system.')),
  }
}

async function everything(): Promise<Map<string, string>> {
  const { db, watched } = await watchedCollections()
  const documents = await Promise.all(
    watched.map(async name => {
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
