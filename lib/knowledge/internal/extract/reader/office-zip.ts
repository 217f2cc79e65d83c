import { text } from 'node:stream/consumers'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import { Unreadable } from '../unreadable.ts'

const MIB = 1024 * 1024
const MAX_ENTRIES = 10_000
/** Pictures and all; they are not unpacked. */
const MAX_UNPACKED_BYTES = 300 * MIB
/** What is parsed. A sheet of a million cells has about 30 MiB of XML. */
const MAX_XML_BYTES = 64 * MIB
/** Deflate's most is 1032 to 1. Office files stay below 50 to 1; small ones may be what they like. */
const MAX_RATIO = 200
const ALWAYS_FINE_BYTES = 4 * MIB
/** Office keeps a locked document, or one of its old formats, in a container that begins so. */
const OLD_CONTAINER = Buffer.from('d0cf11e0', 'hex')

const BOMB = 'The file unpacks to more than reading may take.'
const LOCKED = 'The document is protected by a password.'

/**
 * Looks through a docx or xlsx before anything unpacks it: first at what its directory promises, then whether each
 * part that will be parsed keeps to that.
 * @throws Unreadable when it is locked or would unpack to too much; what yauzl throws when it is damaged
 */
export async function checkOfficeZip(bytes: Buffer): Promise<void> {
  if (bytes.subarray(0, 4).equals(OLD_CONTAINER))
    throw new Unreadable('The document is protected by a password, or of a format from before 2007.')
  const zip = await fromBufferPromise(bytes, { lazyEntries: true, autoClose: false })
  if (zip.entryCount > MAX_ENTRIES) throw new Unreadable(BOMB)
  const parsed: Entry[] = []
  let unpacked = 0
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) throw new Unreadable(LOCKED)
    unpacked += entry.uncompressedSize
    if (unpacked > MAX_UNPACKED_BYTES || isSuspicious(entry)) throw new Unreadable(BOMB)
    if (/\.(xml|rels)$/i.test(entry.fileName)) parsed.push(entry)
  }
  const xmlBytes = parsed.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0)
  if (xmlBytes > MAX_XML_BYTES) throw new Unreadable(BOMB)
  for (const entry of parsed) await unpackOnce(zip, entry)
}

function isSuspicious({ uncompressedSize, compressedSize }: Entry): boolean {
  return uncompressedSize > ALWAYS_FINE_BYTES && uncompressedSize > compressedSize * MAX_RATIO
}

/** Throws as soon as there is more than the directory says. */
async function unpackOnce(zip: ZipFile, entry: Entry): Promise<void> {
  for await (const _ of await zip.openReadStreamPromise(entry));
}

/** The text of one part of a checked archive; empty when there is none of this name. */
export async function partOf(bytes: Buffer, name: string): Promise<string> {
  const zip = await fromBufferPromise(bytes, { lazyEntries: true, autoClose: false })
  for await (const entry of zip.eachEntry())
    if (entry.fileName === name) return text(await zip.openReadStreamPromise(entry))
  return ''
}
