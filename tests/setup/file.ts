import { createHash } from 'node:crypto'
import mongoose, { type Model } from 'mongoose'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { connect, disconnect } from '../../lib/db/connect.ts'
import { declaredModels } from '../../lib/db/define-model.ts'
import { syncStorageIndexes } from '../../lib/knowledge/storage-indexes.ts'
import '../../models/index.ts'
import { keepBackgroundWork } from '../../scripts/server/background.ts'
import { closeServices, services } from './services.ts'

/** A database and stand-ins of this test file's own; settings are read when the first request comes. */
export const background = keepBackgroundWork()

const uri = new URL(process.env.TEST_MONGODB_URI ?? '')
uri.pathname = `/t_${createHash('sha1')
  .update(expect.getState().testPath ?? '')
  .digest('hex')
  .slice(0, 12)}`
const origin = 'http://127.0.0.1:3000'

Object.assign(process.env, {
  ...services.environment,
  MONGODB_URI: uri.href,
  ALLOWED_ORIGINS: origin,
  PUBLIC_URL: origin,
  LOG_LEVEL: 'silent',
})

beforeAll(async () => {
  await connect()
  await Promise.all([...declaredModels.values()].map(createIndexes))
  await syncStorageIndexes()
})

/** All at once: in an empty database there is nothing to compare with. */
async function createIndexes({ collection, schema }: Model<unknown>): Promise<void> {
  const declared = schema.indexes().map(([key, { background: _, ...options }]) => ({ ...options, key }))
  if (declared.length > 0) await collection.createIndexes(declared as never)
}

/** The process goes on to the next file: with settings, models and modules of its own. */
const given = { ...process.env }
afterAll(async () => {
  await background.drain()
  const connection = await connect()
  await connection.dropDatabase()
  await disconnect()
  await closeServices()
  for (const name of Object.keys(process.env)) if (!(name in given)) delete process.env[name]
  Object.assign(process.env, given)
  mongoose.deleteModel(/./)
  vi.resetModules()
})
