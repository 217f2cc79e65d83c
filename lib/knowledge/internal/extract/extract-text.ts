import { decodeText } from './decode-text.ts'
import { MAX_TEXT_BYTES, TOO_LONG } from './limits.ts'
import { orAborted } from './or-aborted.ts'
import { type DocumentFormat, readInProcess } from './reading-process.ts'
import { Unreadable } from './unreadable.ts'

export { Unreadable } from './unreadable.ts'

/** A stored file; `open` may be called once. Owners take turns when many documents wait to be read. */
export type Source = {
  mimeType: string
  size: number
  owner?: string | null
  open(): Promise<ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>>
}

/** Formats that take a parser. All others are text as they are. */
const DOCUMENTS: Record<string, DocumentFormat> = {
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/xhtml+xml': 'html',
  'text/html': 'html',
}

/**
 * The text of a file, at most 5 MiB of it. Documents are read in a process of their own, within 10 seconds and
 * bounded memory; text is decoded here.
 * @throws Unreadable with a plain reason when the file is at fault; the signal's reason when it is aborted; any
 * other error is ours
 */
export async function extractText(
  { mimeType, size, owner = null, open }: Source,
  signal?: AbortSignal,
): Promise<string> {
  signal?.throwIfAborted()
  const format = DOCUMENTS[mimeType]
  if (format) return readInProcess(format, open, { owner, signal })
  if (size > MAX_TEXT_BYTES) throw new Unreadable(TOO_LONG)
  const collected = open().then(collect)
  return decodeText(await orAborted(collected, signal))
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const kept: Uint8Array[] = []
  let size = 0
  for await (const piece of pieces) {
    size += piece.byteLength
    if (size > MAX_TEXT_BYTES) throw new Unreadable(TOO_LONG)
    kept.push(piece)
  }
  return Buffer.concat(kept)
}
