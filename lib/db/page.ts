import { Types } from 'mongoose'
import { InvalidInput } from '../errors.ts'

export type PageRequest = { limit: number; cursor?: string | undefined }
export type Page<T> = { data: T[]; nextCursor: string | null }

/** The twelve bytes of an object id in base64url. */
const CURSOR = /^[\w-]{16}$/

/** Filter for the documents after a cursor, newest id first. @throws InvalidInput for a cursor not of ours. */
export function afterCursor(cursor: string | undefined): { _id?: { $lt: Types.ObjectId } } {
  if (cursor === undefined) return {}
  if (!CURSOR.test(cursor)) throw new InvalidInput([{ path: 'cursor', message: 'Not a cursor of this list' }])
  return { _id: { $lt: new Types.ObjectId(Buffer.from(cursor, 'base64url')) } }
}

/** A page of documents that were read with `limit + 1`, the surplus one telling that more follow. */
export function toPage<D extends { _id: Types.ObjectId }, T>(
  found: D[],
  limit: number,
  view: (document: D) => T,
): Page<T> {
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const nextCursor = found.length > limit && last ? Buffer.from(last._id.id).toString('base64url') : null
  return { data: shown.map(view), nextCursor }
}
