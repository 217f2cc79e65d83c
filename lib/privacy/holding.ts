import type { Readable } from 'node:stream'
import type { Deadline } from '../deadline.ts'

/** Whose data it is about. */
export type Owner = { clerkId: string }

/** Bytes that belong to a row, under a path of the archive. */
export type Attachment = {
  path: string
  /** @throws AppError `not_found` when they are gone by now */
  open(): Promise<Readable>
}

/**
 * One kind of data that is kept about a tenant. The export of an account and its purge both walk the list of
 * all holdings, so that they can never differ: each noun declares its own in `holdings.ts`.
 */
export type Holding = {
  /** Of the file in the archive: `<name>.json`. */
  name: string
  /** What it is, in a sentence, for whoever opens the archive. */
  about: string
  /** Names of the collections that it reads and clears. */
  collections: readonly string[]
  /** Every row as its owner may read it: JSON values, no secrets, no vectors. */
  rows(owner: Owner): AsyncIterable<object>
  attachments?(owner: Owner): AsyncIterable<Attachment>
  /**
   * Removes it all, in batches, as far as time allows; doing it again, or twice at once, does no harm.
   * Resolves to whether nothing is left.
   */
  remove(owner: Owner, deadline: Deadline): Promise<boolean>
}
