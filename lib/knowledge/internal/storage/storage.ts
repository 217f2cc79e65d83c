import type { Readable } from 'node:stream'
import './collect-sooner.ts'
import type { KnowledgeFileDocument } from '../../../../models/knowledge-file.ts'

/** First and last byte of a part, both included. */
export type ByteRange = { start: number; end: number }

/** The headers of a download. */
export type Disposition = { disposition: string; mimeType: string }

export type StorageProvider = KnowledgeFileDocument['storageProvider']

/** A place that keeps bytes under keys. */
export type Storage = {
  /**
   * Stores a stream under a key that is new; `name` is for people. A stream that fails is not read on, and
   * what it leaves is for `remove`.
   */
  write(key: string, name: string, pieces: AsyncIterable<Buffer>): Promise<void>
  /** Streams the bytes, whole or one part of them. @throws AppError `not_found` */
  read(key: string, range: ByteRange | null): Promise<Readable>
  /** Removes bytes, whole or half written; bytes that are not there are no error. */
  remove(key: string): Promise<void>
  /** Removes bytes and sees to it that no address given out before puts any there. */
  block(key: string): Promise<void>
  /** An address that gives out the bytes for a while, under the headers asked for; null where there is none. */
  address: ((key: string, as: Disposition) => Promise<string>) | null
}

/**
 * The storage that a row names, whatever new files use. A row from before this API may name none.
 * @throws NotConfigured
 */
export async function storageOf(provider: StorageProvider | null | undefined): Promise<Storage> {
  return provider === 's3' || provider === 'cloudflare_r2'
    ? (await import('./s3.ts')).s3Storage(provider)
    : (await import('./gridfs.ts')).gridFsStorage()
}
