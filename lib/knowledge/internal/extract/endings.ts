import { TOO_HUNGRY, TOO_SLOW } from './limits.ts'
import { Unreadable } from './unreadable.ts'

/** Exit code of a reading process whose output is the reason why there is no text. */
export const EXIT_UNREADABLE = 3
/** Exit code of a reading process that came to no end: a parser's promise never settled. */
export const EXIT_UNSETTLED = 4
/** Ends a reading process that has computed for too long; the kernel delivers it however busy the process is. */
export const TOO_MUCH_CPU: NodeJS.Signals = 'SIGXCPU'
/** Ends one whose time is over though it computed little: the machine was busy with something else. */
export const STARVED: NodeJS.Signals = 'SIGALRM'

/** How a reading process ended and what it wrote. */
export type Ending = { code: number | null; signal: NodeJS.Signals | null; output: string; errors: string }

/** Why there is no text, told from how the reading process ended. */
export function readingFault({ code, signal, output, errors }: Ending): Error {
  const options = errors ? { cause: new Error(errors) } : {}
  if (code === EXIT_UNREADABLE) return new Unreadable(output, options)
  if (signal === TOO_MUCH_CPU) return new Unreadable(TOO_SLOW, options)
  // The watchdog or the kernel; V8 at its heap's limit.
  if (signal === 'SIGKILL' || signal === 'SIGABRT') return new Unreadable(TOO_HUNGRY, options)
  if (signal === STARVED) return new Error('the machine is too busy to read the file', options)
  return new Error(`the reading process ended with ${signal ?? `exit code ${code}`}`, options)
}
