import { randomBytes } from 'node:crypto'
import { type Db, MongoClient } from 'mongodb'
import type { Model } from 'mongoose'
import { connect } from '../../lib/db/connect.ts'
import { declaredModels } from '../../lib/db/define-model.ts'
import { syncStorageIndexes } from '../../lib/knowledge/storage-indexes.ts'
import '../../models/index.ts'

/** What is to be there when a file begins: each collection's options and indexes, by name. */
type Shape = ReadonlyMap<string, string>

type Kept = { db: Db; uri: string; shape: Shape | undefined }

/** The files that a process runs share a database, as to build its indexes takes longer than to empty it. */
const kept = globalThis as { testDatabase?: Kept }

/** The address of this process's database. */
export function databaseUri(): string {
  return theDatabase().uri
}

function theDatabase(): Kept {
  kept.testDatabase ??= newDatabase()
  return kept.testDatabase
}

function newDatabase(): Kept {
  const uri = new URL(process.env.TEST_MONGODB_URI ?? '')
  uri.pathname = `/t_${randomBytes(6).toString('hex')}`
  const { href } = uri
  // Tests count commands; elsewhere nobody listens, and telling of each costs a fifth of a request.
  uri.searchParams.set('monitorCommands', 'true')
  return { db: new MongoClient(href).db(), uri: uri.href, shape: undefined }
}

/** Builds the indexes that no earlier file left: all of them, or those of models that a file declares for itself. */
export async function buildIndexes(): Promise<void> {
  await connect()
  const database = theDatabase()
  const missing = [...declaredModels.values()].filter(
    ({ collection }) => !database.shape?.has(collection.name),
  )
  await Promise.all(missing.map(createIndexes))
  if (database.shape) return
  await syncStorageIndexes()
  database.shape = await shapeOf(database.db)
}

/** All at once: in an empty database there is nothing to compare with. */
async function createIndexes({ collection, schema }: Model<unknown>): Promise<void> {
  const declared = schema.indexes().map(([key, { background: _, ...options }]) => ({ ...options, key }))
  if (declared.length > 0) await collection.createIndexes(declared as never)
}

/** Leaves the next file an empty database: with its indexes, or without any where a test changed some. */
export async function emptyDatabase(): Promise<void> {
  const database = theDatabase()
  const { db, shape } = database
  const found = await shapeOf(db)
  if (shape && [...shape].every(([name, built]) => found.get(name) === built)) {
    await Promise.all(
      [...found.keys()].map(name => (shape.has(name) ? empty(db, name) : db.dropCollection(name))),
    )
  } else {
    await db.dropDatabase()
    database.shape = undefined
  }
}

/** Nor does the server go on with a plan that suited what was there. */
async function empty(db: Db, name: string): Promise<void> {
  await db.collection(name).deleteMany({})
  await db.command({ planCacheClear: name })
}

async function shapeOf(db: Db): Promise<Shape> {
  const collections = await db.listCollections().toArray()
  const stored = collections.filter(({ name }) => !name.startsWith('system.'))
  const entries = stored.map(async ({ name, type, ...rest }) => {
    const indexes = type === 'view' ? [] : await db.collection(name).listIndexes().toArray()
    return [name, JSON.stringify([rest, indexes])] as const
  })
  return new Map(await Promise.all(entries))
}
