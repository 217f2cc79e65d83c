import { type Logger, pino } from 'pino'
import { soundConfig } from './config.ts'
import { withoutSecrets } from './secrets.ts'

let logger: Logger | undefined

/**
 * The process's structured log (JSON lines on stderr). Log ids, not objects; what an error of somebody else
 * repeats of our secrets is taken out.
 */
export function log(): Logger {
  logger ??= pino(
    { level: soundConfig()?.LOG_LEVEL ?? 'info', base: null, hooks: { streamWrite: withoutSecrets } },
    pino.destination({ dest: 2, sync: true }),
  )
  return logger
}
