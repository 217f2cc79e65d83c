import type { BSON, Db } from 'mongodb'
import { BrokenArchive } from './broken-archive.ts'
import { type Described, nameOf } from './format.ts'
import { insertRaw } from './insert-raw.ts'
import { openArchive, type Stored, verifyArchive } from './read-archive.ts'

/** An aborted `signal` ends it before the next batch. */
export type RestoreOptions = { drop?: boolean; signal?: AbortSignal }
export type Restored = { collections: number; documents: number }

/**
 * Makes an empty database equal to the one in the archive. The archive is read to its end before anything is
 * touched. With `drop` the database is emptied first.
 * @throws BrokenArchive
 * @throws Error when the database is not empty, or the server refuses something: then it is incomplete
 */
export async function restore(db: Db, file: string, options: RestoreOptions = {}): Promise<Restored> {
  const { drop = false, signal } = options
  const { collections, documents } = await verifyArchive(file)
  checkRestorable(collections)
  const present = await namesIn(db)
  if (present.length > 0 && !drop)
    throw new Error(`The database ${db.databaseName} is not empty: --drop empties it first.`)
  try {
    for (const name of present) await db.dropCollection(name)
    const [tables, views] = [collections.filter(c => !isView(c)), collections.filter(isView)]
    for (const table of tables) await create(db, table)
    await load(db, tables, (await openArchive(file)).documents, signal)
    for (const table of tables) await createIndexes(db, table)
    for (const view of views) await create(db, view)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${reason}\nThe database is incomplete: restore again with --drop.`, { cause: error })
  }
  return { collections: collections.length, documents }
}

const isView = ({ type }: Described) => type === 'view'

function checkRestorable(collections: Described[]): void {
  const strange = collections.find(({ type }) => type !== 'collection' && type !== 'view')
  if (strange) throw new BrokenArchive(`${nameOf(strange)} is a ${strange.type}: use mongorestore`)
  const databases = new Set(collections.map(({ db }) => db))
  if (databases.size !== 1) throw new BrokenArchive(`it holds ${databases.size} databases: use mongorestore`)
}

async function namesIn(db: Db): Promise<string[]> {
  const listed = await db.listCollections({}, { nameOnly: true }).toArray()
  return listed.map(({ name }) => name).filter(name => !name.startsWith('system.'))
}

async function create(db: Db, { collection, options }: Described): Promise<void> {
  await db.command({ create: collection, ...options, writeConcern: { w: 'majority' } })
}

/** After the documents: it is quicker, and those that time out stay until then. */
async function createIndexes(db: Db, { collection, options, indexes }: Described): Promise<void> {
  const specs = indexes
    .filter(({ name, clustered }) => name !== '_id_' && !clustered)
    .map(({ ns: _, ...index }) => withCollation(index, options))
  if (specs.length === 0) return
  await db.command({ createIndexes: collection, indexes: specs, writeConcern: { w: 'majority' } })
}

/** An index listed without a collation has none; created without one it would take its collection's. */
function withCollation(index: BSON.Document, options: BSON.Document): BSON.Document {
  return options.collation && !index.collation ? { ...index, collation: { locale: 'simple' } } : index
}

const BATCH_BYTES = 16 * 1024 * 1024
const BATCH_DOCUMENTS = 1_000

async function load(
  db: Db,
  collections: Described[],
  documents: AsyncIterable<Stored>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const names = new Map(collections.map(described => [nameOf(described), described.collection]))
  let batch: Uint8Array[] = []
  let bytesInBatch = 0
  let current = ''
  const flush = async () => {
    signal?.throwIfAborted()
    if (batch.length > 0) await insertRaw(db, names.get(current) ?? '', batch)
    batch = []
    bytesInBatch = 0
  }
  for await (const { namespace, bytes } of documents) {
    const isFull = batch.length === BATCH_DOCUMENTS || bytesInBatch + bytes.length > BATCH_BYTES
    if (isFull || namespace !== current) await flush()
    current = namespace
    batch.push(bytes)
    bytesInBatch += bytes.length
  }
  await flush()
}
