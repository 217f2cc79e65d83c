import mongoose from 'mongoose'
import { startAtlas } from '../../scripts/local/atlas/index.ts'

/**
 * Puts a stand-in for Atlas before this file's database, and has searches use its index. To be called before
 * anything connects; it ends with the connection.
 */
export async function throughAtlas(stepOf?: Parameters<typeof startAtlas>[1]) {
  const atlas = await startAtlas(process.env.MONGODB_URI ?? '', stepOf)
  Object.assign(process.env, { MONGODB_URI: atlas.uri, ATLAS_VECTOR_INDEX: atlas.index })
  mongoose.connection.once('close', () => atlas.close())
  return atlas
}
