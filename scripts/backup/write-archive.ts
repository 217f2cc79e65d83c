import { BSON, type ClientSession, type Db, type MongoClient } from 'mongodb'
import { Crc64 } from './crc64.ts'
import { describe } from './describe.ts'
import { type Described, encodeBeginning, encodeBlock, encodeEnd, TERMINATOR } from './format.ts'

/** Collections or indexes changed during the backup: no snapshot covers these. */
export class CatalogChanged extends Error {
  constructor() {
    super('Collections or indexes were changed during the backup: run it again.')
  }
}

/**
 * The database as an archive, piece by piece, in as much memory as a few of the server's batches take. All documents
 * are as they were at one moment, whatever is written meanwhile; but those of a capped collection.
 * @throws CatalogChanged
 */
export async function* archiveOf(client: MongoClient): AsyncGenerator<Uint8Array> {
  const db = client.db()
  const collections = await describe(db)
  const { version } = await db.command({ buildInfo: 1 })
  yield encodeBeginning(version, collections)
  const session = client.startSession({ snapshot: true })
  try {
    for (const collection of collections) {
      const crc = new Crc64()
      yield encodeBlock(collection)
      // A view is in the archive with no documents.
      if (collection.type !== 'view')
        for await (const batch of batchesOf(db, collection, session)) {
          crc.update(batch)
          yield batch
        }
      yield TERMINATOR
      yield encodeEnd(collection, crc.value())
    }
  } finally {
    await session.endSession()
  }
  if (BSON.EJSON.stringify(await describe(db)) !== BSON.EJSON.stringify(collections))
    throw new CatalogChanged()
}

async function* batchesOf(db: Db, { collection, options }: Described, session: ClientSession) {
  // The server has no snapshots of capped collections.
  const moment = options.capped ? { readConcern: { level: 'majority' as const } } : { session }
  const cursor = db.collection(collection).find({}, { raw: true, ...moment })
  try {
    while (await cursor.hasNext())
      yield Buffer.concat(cursor.readBufferedDocuments() as unknown as Uint8Array[])
  } finally {
    await cursor.close()
  }
}
