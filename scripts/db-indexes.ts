import '../models/index.ts'
import { connect, disconnect } from '../lib/db/connect.ts'
import { syncIndexes } from '../lib/db/indexes.ts'
import { syncStorageIndexes } from '../lib/knowledge/storage-indexes.ts'
import { fillSearchTerms } from '../lib/leads/fill-search-terms.ts'
import { loadEnvFiles } from './dev/env-files.ts'

/**
 * `npm run db:indexes`: brings the database of MONGODB_URI to the declared indexes, gives what was written
 * before a search its terms, and reports. Exit 1 when an index differs.
 */
loadEnvFiles()
await connect()
const findings = await syncIndexes()
await syncStorageIndexes()
const filled = await fillSearchTerms()
await disconnect()

for (const { state, collection, index } of findings)
  console.log(`${state.padEnd(10)} ${collection}  ${index}`)
const differing = findings.filter(({ state }) => state === 'differs').length
const created = findings.filter(({ state }) => state === 'created').length
console.log(`${created} created, ${differing} different, ${findings.length - created - differing} undeclared`)
if (filled.contacts + filled.demoRequests > 0)
  console.log(
    `${filled.contacts} contacts and ${filled.demoRequests} demo requests can be searched from now on`,
  )
if (differing > 0) {
  console.log('An index that differs is left alone: drop it and run this again.')
  process.exitCode = 1
}
