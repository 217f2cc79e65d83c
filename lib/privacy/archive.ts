import { addAbortSignal, type PassThrough, Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { log } from '../log.ts'

/** One file of an archive; its content is read when its turn comes. */
export type ArchiveEntry = { path: string; content: Readable }

/** What deflating makes no smaller. */
const COMPRESSED =
  /\.(7z|avif|bz2|docx|gif|gz|heic|jpe?g|m4a|mkv|mov|mp[34]|odt|pdf|png|pptx|rar|webm|webp|xlsx|xz|zip|zst)$/i

/**
 * A zip, written while it is read: one entry after the other, each piece by piece. A failure breaks it off, with
 * an error and without the directory that a zip ends with. Once nobody reads it any more, nothing is read for it.
 */
export function archiveOf(entries: AsyncIterable<ArchiveEntry>): ReadableStream<Uint8Array> {
  const zip = new ZipFile()
  const output = zip.outputStream as PassThrough
  const closed = new AbortController()
  output.once('close', () => closed.abort())
  const fail = (error: unknown) => {
    if (closed.signal.aborted) return
    log().error({ err: error }, 'an archive broke off')
    output.destroy(error instanceof Error ? error : new Error(String(error)))
  }
  zip.once('error', fail)
  write(zip, entries, closed.signal).catch(fail)
  return Readable.toWeb(output) as ReadableStream<Uint8Array>
}

async function write(zip: ZipFile, entries: AsyncIterable<ArchiveEntry>, signal: AbortSignal): Promise<void> {
  for await (const { path, content } of entries) {
    addAbortSignal(signal, content)
    zip.addReadStream(content, path, { compress: !COMPRESSED.test(path) })
    await finished(content, { writable: false })
  }
  if (!signal.aborted) zip.end()
}
