import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Db, MongoClient } from 'mongodb'
import { afterAll, beforeAll } from 'vitest'

/** Databases of this test file's own beside the API's, and a folder; both are gone afterwards. */
export function ownDatabases() {
  const clients: MongoClient[] = []
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'workflowai-backup-'))
  })
  afterAll(async () => {
    for (const client of clients) {
      await client.db().dropDatabase()
      await client.close()
    }
    await rm(folder, { recursive: true, force: true })
  })
  return {
    file: (name: string) => join(folder, name),
    folder: () => folder,
    /** A client whose database is this one, empty. */
    async client(name: string): Promise<MongoClient> {
      const client = new MongoClient(uriOf(name))
      clients.push(client)
      await client.db().dropDatabase()
      return client
    },
  }
}

/** The address of a database with this name after that of the API's. */
export function uriOf(name: string): string {
  const uri = new URL(process.env.MONGODB_URI ?? '')
  uri.pathname += `_${name}`
  return uri.href
}

/** Everything in a database: a hash of each collection's documents, every option and every index. */
export async function contentsOf(db: Db): Promise<Record<string, unknown>> {
  const { collections } = await db.command({ dbHash: 1 })
  const contents: [string, unknown][] = []
  for (const { name, type, options } of await db.listCollections({}, { nameOnly: false }).toArray()) {
    if (name.startsWith('system.')) continue
    const indexes = type === 'view' ? [] : await db.collection(name).indexes()
    contents.push([name, { type, options, indexes, hash: collections[name] }])
  }
  return Object.fromEntries(contents.sort())
}
