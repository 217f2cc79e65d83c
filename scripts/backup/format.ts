import { BSON, Long } from 'mongodb'
import { BrokenArchive } from './broken-archive.ts'

/**
 * The archive of mongodump, in gzip (mongo-tools, common/archive/spec.md): a magic number, a header, a description
 * of each collection, then blocks of documents, and at each collection's end the checksum of its documents.
 * Headers, descriptions and documents are BSON, one after another; a terminator ends the descriptions and each block.
 */
export const MAGIC = Uint8Array.of(0x6d, 0xe2, 0x99, 0x81)
export const TERMINATOR = Uint8Array.of(0xff, 0xff, 0xff, 0xff)
const VERSION = '0.1'

/** The longest document that the server itself makes: 16 MiB for its user and 16 KiB for its own fields. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024 + 16 * 1024

/** A collection or view, as the archive's beginning describes it. */
export type Described = {
  db: string
  collection: string
  type: string
  /** Told apart from a later one of the same name. */
  uuid: string
  /** As the server lists them. */
  options: BSON.Document
  indexes: BSON.Document[]
}

type Named = { db: string; collection: string }

export const nameOf = ({ db, collection }: Named) => `${db}.${collection}`

/** The archive's beginning. */
export function encodeBeginning(serverVersion: string, collections: Described[]): Uint8Array {
  const header = {
    concurrent_collections: 1,
    version: VERSION,
    server_version: serverVersion,
    tool_version: 'db:backup',
  }
  const documents = [header, ...collections.map(description)].map(document => BSON.serialize(document))
  return Buffer.concat([MAGIC, ...documents, TERMINATOR])
}

function description({ db, collection, type, uuid, options, indexes }: Described): BSON.Document {
  const metadata = { options, indexes, uuid, collectionName: collection, type }
  const text = BSON.EJSON.stringify(metadata, { relaxed: false })
  return { db, collection, metadata: text, size: 0, type: type === 'view' ? type : '' }
}

/** @throws BrokenArchive when it is the header of something else */
export function checkHeader(bytes: Uint8Array | null): void {
  const { version } = bytes ? BSON.deserialize(bytes) : {}
  if (version !== VERSION) throw new BrokenArchive(`its format is ${version}, not ${VERSION}`)
}

/** What a description in the archive's beginning says. */
export function decodeDescribed(bytes: Uint8Array): Described {
  const { db, collection, metadata, type } = BSON.deserialize(bytes)
  const {
    options = {},
    indexes = [],
    uuid = '',
  } = metadata ? BSON.EJSON.parse(metadata, { relaxed: false }) : {}
  return { db, collection, type: type || 'collection', uuid, options, indexes }
}

/** The header of a block of documents. */
export function encodeBlock({ db, collection }: Named): Uint8Array {
  return BSON.serialize({ db, collection, EOF: false, CRC: Long.ZERO })
}

/** The block that says that a collection has no more documents. */
export function encodeEnd({ db, collection }: Named, checksum: bigint): Uint8Array {
  const header = BSON.serialize({ db, collection, EOF: true, CRC: Long.fromBigInt(checksum) })
  return Buffer.concat([header, TERMINATOR])
}

/** What the header of a block says; `checksum` when the collection ends there. */
export function decodeBlock(bytes: Uint8Array): { namespace: string; checksum: bigint | undefined } {
  const { db, collection, EOF, CRC } = BSON.deserialize(bytes, { useBigInt64: true })
  return { namespace: nameOf({ db, collection }), checksum: EOF === true ? CRC : undefined }
}
