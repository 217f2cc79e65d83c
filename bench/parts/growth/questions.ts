import type { Document } from 'mongodb'
import type { Types } from 'mongoose'
import { toPage, toPageBy } from '../../../lib/db/page.ts'
import type { Fields, Filled } from './fill.ts'
import type { Askers } from './seeds.ts'

/** Where a page begins that is halfway through what a filter selects. */
export type Halfway = {
  filter: Document
  sort: Record<string, 1 | -1>
  /** What the list is sorted by before the id. */
  by?: string
}

/** A request that is made of both databases and may take no longer of the large one. */
export type Question = {
  about: string
  as: 'admin' | 'largest' | 'small' | 'cron'
  /** With a session, where a key is not taken. */
  needsSession?: boolean
  path: string
  method?: 'GET' | 'POST'
  /** Sent as JSON. */
  body?: object
  headers?: () => Record<string, string>
  /** Adds the cursor of a page far in. */
  from?: Halfway
  /** Of what is streamed on and on only the beginning is waited for. */
  isEndless?: boolean
}

/** A collection that grows, and what is asked of it. */
export type Subject = {
  model: Filled
  /** Whether figures are made of them each day. */
  isSettled?: boolean
  fields(count: number, askers: Askers): Fields
  questions(askers: Askers): Question[]
}

/** The cursor of a page that begins after a document. */
export function cursorAfter(found: { _id: Types.ObjectId }, by: string | undefined): string {
  const both = [found, found]
  const keyOf = (document: object) => by?.split('.').reduce<unknown>(valueAt, document) as Date | string
  const { nextCursor } = by ? toPageBy(keyOf, both, 1, String) : toPage(both, 1, String)
  return nextCursor ?? ''
}

function valueAt(value: unknown, name: string): unknown {
  return (value as Record<string, unknown>)[name]
}
