import { Types } from 'mongoose'
import { InvalidInput } from '../errors.ts'

export type PageRequest = { limit: number; cursor?: string | undefined }
export type Page<T> = { data: T[]; nextCursor: string | null }

/** The twelve bytes of an object id in base64url. */
const CURSOR = /^[\w-]{16}$/

/** Filter for the documents after a cursor, newest id first. @throws InvalidInput for a cursor not of ours. */
export function afterCursor(cursor: string | undefined): { _id?: { $lt: Types.ObjectId } } {
  if (cursor === undefined) return {}
  if (!CURSOR.test(cursor)) throw notOurs()
  return { _id: { $lt: new Types.ObjectId(Buffer.from(cursor, 'base64url')) } }
}

/** As `toPage`, of a list that is sorted by a moment, newest first, and then by id. */
export function toPageByMoment<K extends string, D extends { _id: Types.ObjectId } & Record<K, Date>, T>(
  field: K,
  found: D[],
  limit: number,
  view: (document: D) => T,
): Page<T> {
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const nextCursor = found.length > limit && last ? momentCursor(last[field], last._id) : null
  return { data: shown.map(view), nextCursor }
}

/** Filter for the documents after such a list's cursor. @throws InvalidInput for a cursor not of ours */
export function afterMoment(field: string, cursor: string | undefined): object {
  if (cursor === undefined) return {}
  const [, at = '', id = ''] =
    /^(\d{1,15})\.([0-9a-f]{24})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (id === '') throw notOurs()
  const moment = new Date(Number(at))
  const _id = new Types.ObjectId(id)
  return { [field]: { $lte: moment }, $or: [{ [field]: { $lt: moment } }, { _id: { $lt: _id } }] }
}

function momentCursor(moment: Date, id: Types.ObjectId): string {
  return Buffer.from(`${moment.getTime()}.${id.toHexString()}`).toString('base64url')
}

export function notOurs(): InvalidInput {
  return new InvalidInput([{ path: 'cursor', message: 'Not a cursor of this list' }])
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
