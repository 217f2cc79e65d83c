import { type Logger, pino } from 'pino'
import { soundConfig } from './config.ts'

let logger: Logger | undefined

/** The process's structured log (JSON lines on stderr). Credentials are never logged: log ids, not objects. */
export function log(): Logger {
  logger ??= pino(
    { level: soundConfig()?.LOG_LEVEL ?? 'info', base: null },
    pino.destination({ dest: 2, sync: true }),
  )
  return logger
}
