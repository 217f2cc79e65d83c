import '../models/index.ts'
import { connect, disconnect } from '../lib/db/connect.ts'
import { syncIndexes } from '../lib/db/indexes.ts'
import { syncStorageIndexes } from '../lib/knowledge/storage-indexes.ts'
import { loadEnvFiles } from './dev/env-files.ts'

/** `npm run db:indexes`: brings the database of MONGODB_URI to the declared indexes and reports. Exit 1 when one differs. */
loadEnvFiles()
await connect()
const findings = await syncIndexes()
await syncStorageIndexes()
await disconnect()

for (const { state, collection, index } of findings)
  console.log(`${state.padEnd(10)} ${collection}  ${index}`)
const differing = findings.filter(({ state }) => state === 'differs').length
const created = findings.filter(({ state }) => state === 'created').length
console.log(`${created} created, ${differing} different, ${findings.length - created - differing} undeclared`)
if (differing > 0) {
  console.log('An index that differs is left alone: drop it and run this again.')
  process.exitCode = 1
}
