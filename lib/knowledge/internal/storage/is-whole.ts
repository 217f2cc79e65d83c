import { mongo } from 'mongoose'
import { connect } from '../../../db/connect.ts'
import { BUCKET_NAME } from '../bucket.ts'
import type { StorageProvider } from './storage.ts'

/**
 * Whether a storage has all the bytes under a key, as far as can be told without reading them.
 * @throws AppError `unavailable`, NotConfigured
 */
export async function isWhole(provider: StorageProvider | null | undefined, key: string): Promise<boolean> {
  if (provider !== 's3' && provider !== 'cloudflare_r2') return isWholeInDatabase(key)
  const { objectSize } = await import('./s3.ts')
  return (await objectSize(provider, key)) !== null
}

async function isWholeInDatabase(key: string): Promise<boolean> {
  const { db } = await connect()
  if (!db) throw new Error('the connection has no database')
  if (!mongo.ObjectId.isValid(key)) return false
  const _id = new mongo.ObjectId(key)
  const file = await db
    .collection<{ _id: mongo.ObjectId; length: number; chunkSize: number }>(`${BUCKET_NAME}.files`)
    .findOne({ _id })
  if (!file) return false
  const stored = await db.collection(`${BUCKET_NAME}.chunks`).countDocuments({ files_id: _id })
  return stored >= Math.ceil(file.length / file.chunkSize)
}
