import { connect } from '../db/connect.ts'
import { BUCKET_NAME } from './internal/bucket.ts'

/** Creates the indexes that GridFS reads by, so that no upload has to. */
export async function syncStorageIndexes(): Promise<void> {
  const { db } = await connect()
  await db?.collection(`${BUCKET_NAME}.files`).createIndex({ filename: 1, uploadDate: 1 })
  await db?.collection(`${BUCKET_NAME}.chunks`).createIndex({ files_id: 1, n: 1 }, { unique: true })
}
