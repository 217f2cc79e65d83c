import { Console } from 'node:console'
import { buffer } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { EXIT_UNREADABLE, EXIT_UNSETTLED } from '../endings.ts'
import { DAMAGED, TOO_HUNGRY } from '../limits.ts'
import type { DocumentFormat } from '../reading-process.ts'
import { Unreadable } from '../unreadable.ts'
import { startWatchdog } from './watchdog.ts'

type Reader = { read(bytes: Buffer): Promise<string> }

type Readers = Record<DocumentFormat, () => Promise<Reader>>

const READERS: Readers = {
  pdf: async () => (await import('./pdf.ts')).pdfReader(),
  docx: () => import('./docx.ts'),
  xlsx: () => import('./xlsx.ts'),
  html: () => import('./html.ts'),
}

/**
 * The reading process: takes a document on standard input and the format as its argument; writes the text, or ends
 * with `EXIT_UNREADABLE` and writes the reason. What goes wrong before the file is looked at is our own fault.
 */
export async function serve(readers: Readers = READERS): Promise<void> {
  process.exitCode = EXIT_UNSETTLED
  // Parsers log; standard output is for the text.
  globalThis.console = new Console(process.stderr)
  const format = process.argv[2] as DocumentFormat
  const [startClock, { read }, bytes] = await Promise.all([
    startWatchdog(),
    readers[format](),
    buffer(process.stdin),
  ])
  startClock()
  const { text, code } = await read(bytes).then(
    read => ({ text: read, code: 0 }),
    error => ({ text: reasonOf(error), code: EXIT_UNREADABLE }),
  )
  process.stdout.write(text, () => process.exit(code))
}

function reasonOf(error: unknown): string {
  if (error instanceof Unreadable) return error.message
  process.stderr.write(inspect(error))
  if (!(error instanceof RangeError)) return DAMAGED
  if (/call stack/.test(error.message)) return 'The file is nested too deeply to be read.'
  return /allocation|string length|array length/i.test(error.message) ? TOO_HUNGRY : DAMAGED
}
