import mongoose from 'mongoose'
import { afterAll, beforeAll, vi } from 'vitest'
import { disconnect } from '../../lib/db/connect.ts'
import { keepBackgroundWork } from '../../scripts/server/background.ts'
import { buildIndexes, databaseUri, emptyDatabase } from './database.ts'
import { closeServices, services } from './services.ts'

/** An empty database and stand-ins of this test file's own; settings are read when the first request comes. */
export const background = keepBackgroundWork()

const origin = 'http://127.0.0.1:3000'

Object.assign(process.env, {
  ...services.environment,
  MONGODB_URI: databaseUri(),
  ALLOWED_ORIGINS: origin,
  PUBLIC_URL: origin,
  LOG_LEVEL: 'silent',
})

beforeAll(buildIndexes)

/** The process goes on to the next file: with settings, models and modules of its own. */
const given = { ...process.env }
afterAll(async () => {
  await background.drain()
  // First, so that nothing which still runs writes into what the next file gets.
  await disconnect()
  await emptyDatabase()
  await closeServices()
  for (const name of Object.keys(process.env)) if (!(name in given)) delete process.env[name]
  Object.assign(process.env, given)
  mongoose.deleteModel(/./)
  vi.resetModules()
})
