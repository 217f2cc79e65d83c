import packageJson from '../package.json' with { type: 'json' }
import { config } from './config.ts'

/** The version that is running: the package's, and the commit where the platform tells it. */
export function version(): string {
  const commit = config().VERCEL_GIT_COMMIT_SHA
  return commit ? `${packageJson.version}+${commit.slice(0, 7)}` : packageJson.version
}
