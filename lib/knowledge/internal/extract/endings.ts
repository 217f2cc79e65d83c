import { DAMAGED, TOO_HUNGRY, TOO_SLOW } from './limits.ts'
import { Unreadable } from './unreadable.ts'

/** Exit code of a reading process whose output is the reason why there is no text. */
export const EXIT_UNREADABLE = 3
/** Ends a reading process that is past its time; the kernel delivers it however busy the process is. */
export const LATE: NodeJS.Signals = 'SIGALRM'

/** How a reading process ended and what it wrote. */
export type Ending = { code: number | null; signal: NodeJS.Signals | null; output: string; errors: string }

/** Why there is no text, told from how the reading process ended. */
export function faultOf({ code, signal, output, errors }: Ending): Error {
  const options = errors ? { cause: new Error(errors) } : {}
  if (code === EXIT_UNREADABLE) return new Unreadable(output, options)
  if (signal === LATE) return new Unreadable(TOO_SLOW, options)
  if (signal === 'SIGSEGV' || signal === 'SIGBUS') return new Unreadable(DAMAGED, options)
  // The watchdog, V8 at its heap's limit, or the kernel.
  if (signal !== null) return new Unreadable(TOO_HUNGRY, options)
  return new Error(`the reading process ended with exit code ${code}`, options)
}
