import { createWriteStream } from 'node:fs'
import { access, link, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip } from 'node:zlib'
import { type MongoClient, MongoServerError } from 'mongodb'
import { verifyArchive } from './read-archive.ts'
import { archiveOf, CatalogChanged } from './write-archive.ts'

export type Backup = { collections: number; documents: number; bytes: number }

/**
 * Writes the client's database into a new file that only its owner reads. Under its name the file is whole and was
 * read back, or is not there.
 * @throws Error when there is such a file already, or the database can't be read whole
 */
export async function backUp(client: MongoClient, file: string, signal?: AbortSignal): Promise<Backup> {
  if (await exists(file)) throw taken(file)
  const draft = `${file}.${process.pid}.part`
  try {
    const output = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true })
    // The server keeps a snapshot for minutes only: time counts for more than size.
    const gzip = createGzip({ level: constants.Z_BEST_SPEED })
    await pipeline(archiveOf(client), gzip, output, { ...(signal && { signal }) })
    const { collections, documents } = await verifyArchive(draft)
    // Unlike a rename it never replaces a file that came meanwhile.
    await link(draft, file)
    return { collections: collections.length, documents, bytes: (await stat(file)).size }
  } catch (error) {
    throw explained(error, file)
  } finally {
    await rm(draft, { force: true })
  }
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  )
}

const taken = (file: string) => new Error(`${file} exists: a backup never replaces a file.`)

const SNAPSHOT_TOO_OLD = 239
const SNAPSHOT_UNAVAILABLE = 246

/** What the user can do about it, where that is known. */
export function explained(error: unknown, file: string): unknown {
  if (error instanceof MongoServerError && error.code === SNAPSHOT_TOO_OLD)
    return new Error(
      'Reading took longer than the server keeps a snapshot (minSnapshotHistoryWindowInSeconds, by default 5 ' +
        'minutes): raise it there, or use the backups of the database service.',
    )
  if (error instanceof MongoServerError && error.code === SNAPSHOT_UNAVAILABLE) return new CatalogChanged()
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return taken(file)
  return error
}
