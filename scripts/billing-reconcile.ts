import { missingToReconcile, reconcileAll } from '../lib/billing/reconcile.ts'
import { config } from '../lib/config.ts'
import { connect, disconnect } from '../lib/db/connect.ts'
import { NotConfigured } from '../lib/errors.ts'
import { loadEnvFiles } from './dev/env-files.ts'
import { loadEnvironmentFile } from './dev/environment-file.ts'

/**
 * `npm run billing:reconcile`: asks Polar about every customer and sets right what is wrong here. Beside
 * `npm run dev` it works on that server's data. Exit 1 when somebody could not be checked, which it says.
 */
loadEnvironmentFile()
loadEnvFiles()
try {
  const missing = [...(config().MONGODB_URI ? [] : ['MONGODB_URI']), ...missingToReconcile()]
  if (missing.length > 0) throw new NotConfigured(missing)
  await connect()
  const { checked, changed, failed, gaveUp } = await reconcileAll()
  console.log(`${checked} checked, ${changed} changed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
  if (gaveUp !== undefined) throw gaveUp
} catch (error) {
  console.error(`Gave up: not everybody was checked. ${reasonsOf(error)}`)
  process.exitCode = 1
} finally {
  await disconnect()
}

/** What went wrong, and what was behind it. */
function reasonsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message} ${reasonsOf(error.cause)}`
}
