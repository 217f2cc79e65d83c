import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect } from 'vitest'
import { connect, disconnect } from '../../lib/db/connect.ts'
import { syncIndexes } from '../../lib/db/indexes.ts'
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
  await syncIndexes()
  await syncStorageIndexes()
})

afterAll(async () => {
  await background.drain()
  const connection = await connect()
  await connection.dropDatabase()
  await disconnect()
  await closeServices()
})
