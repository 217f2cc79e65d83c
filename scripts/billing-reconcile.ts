import { reconcileAll } from '../lib/billing/reconcile.ts'
import { requireConfig } from '../lib/config.ts'
import { connect, disconnect } from '../lib/db/connect.ts'
import { loadEnvFiles } from './dev/env-files.ts'
import { loadEnvironmentFile } from './dev/environment-file.ts'

/**
 * `npm run billing:reconcile`: asks Polar about every customer and sets right what is wrong here. Beside
 * `npm run dev` it works on that server's data. Exit 1 when a customer could not be checked.
 */
loadEnvironmentFile()
loadEnvFiles()
try {
  // Without the products every plan would look like none.
  requireConfig('MONGODB_URI', 'POLAR_ACCESS_TOKEN', 'POLAR_PRODUCT_PROFESSIONAL', 'POLAR_PRODUCT_ENTERPRISE')
  await connect()
  const { checked, changed, failed } = await reconcileAll()
  console.log(`${checked} checked, ${changed} changed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
} finally {
  await disconnect()
}
