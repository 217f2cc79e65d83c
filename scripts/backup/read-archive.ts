import { BrokenArchive } from './broken-archive.ts'
import { Crc64 } from './crc64.ts'
import { checkHeader, type Described, decodeBlock, decodeDescribed, nameOf } from './format.ts'
import { readItems } from './read-items.ts'

/** A document of the collection whose full name this is. */
export type Stored = { namespace: string; bytes: Uint8Array }

export type Archive = {
  collections: Described[]
  /** To be read once, in as much memory as the longest document takes. */
  documents: AsyncIterable<Stored>
}

/**
 * Opens an archive. Whoever reads its documents to the end knows that it is whole: that no collection lacks, each
 * one's checksum, and gzip's own.
 * @throws BrokenArchive, here and while documents are read
 */
export async function openArchive(file: string): Promise<Archive> {
  const items = readItems(file)
  const collections = await readDescriptions(items)
  return { collections, documents: readDocuments(items, collections) }
}

/** Reads an archive to its end, and says what is in it. @throws BrokenArchive */
export async function verifyArchive(file: string): Promise<{ collections: Described[]; documents: number }> {
  const { collections, documents } = await openArchive(file)
  let count = 0
  for await (const _ of documents) count += 1
  return { collections, documents: count }
}

type Items = ReturnType<typeof readItems>

async function readDescriptions(items: Items): Promise<Described[]> {
  checkHeader(await next(items))
  const collections: Described[] = []
  for (let bytes = await next(items); bytes !== null; bytes = await next(items))
    collections.push(decodeDescribed(bytes))
  return collections
}

async function next(items: Items): Promise<Uint8Array | null> {
  const { value, done } = await items.next()
  if (done) throw new BrokenArchive('it ends before its first document')
  return value
}

async function* readDocuments(items: Items, collections: Described[]): AsyncGenerator<Stored> {
  const unfinished = new Map(collections.map(collection => [nameOf(collection), new Crc64()]))
  let block: { namespace: string; crc: Crc64 | undefined } | undefined
  for await (const bytes of items) {
    if (block === undefined) {
      block = openBlock(bytes, unfinished)
    } else if (bytes === null) {
      block = undefined
    } else {
      if (block.crc === undefined) throw new BrokenArchive(`${block.namespace} goes on after its end`)
      block.crc.update(bytes)
      yield { namespace: block.namespace, bytes }
    }
  }
  const [lacking = block?.namespace] = unfinished.keys()
  if (lacking !== undefined) throw new BrokenArchive(`it ends before ${lacking} does`)
}

function openBlock(bytes: Uint8Array | null, unfinished: Map<string, Crc64>) {
  if (bytes === null) throw new BrokenArchive('it holds a block without a name')
  const { namespace, checksum } = decodeBlock(bytes)
  const crc = unfinished.get(namespace)
  if (crc === undefined) throw new BrokenArchive(`it holds ${namespace}, which it does not list, or twice`)
  if (checksum === undefined) return { namespace, crc }
  if (crc.value() !== checksum) throw new BrokenArchive(`${namespace} does not match its checksum`)
  unfinished.delete(namespace)
  return { namespace, crc: undefined }
}
