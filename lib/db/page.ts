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
  return toPageBy(document => document[field], found, limit, view)
}

/** As `toPage`, of a list that is sorted by a moment, newest first, or by a text, and then by id. */
export function toPageBy<D extends { _id: Types.ObjectId }, T>(
  keyOf: (document: D) => Date | string,
  found: D[],
  limit: number,
  view: (document: D) => T,
): Page<T> {
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const nextCursor = found.length > limit && last ? keyCursor(keyOf(last), last._id) : null
  return { data: shown.map(view), nextCursor }
}

/** Filter for the documents after the cursor of a list by moments. @throws InvalidInput for a cursor not of ours */
export function afterMoment(field: string, cursor: string | undefined): object {
  if (cursor === undefined) return {}
  const [at, _id] = readCursor(/^(\d{1,15})\.([0-9a-f]{24})$/, cursor)
  const moment = new Date(Number(at))
  return { [field]: { $lte: moment }, $or: [{ [field]: { $lt: moment } }, { _id: { $lt: _id } }] }
}

/** Filter for the documents after the cursor of a list by texts. @throws InvalidInput for a cursor not of ours */
export function afterText(field: string, cursor: string | undefined): object {
  if (cursor === undefined) return {}
  const [text, _id] = readCursor(/^"(.*)"\.([0-9a-f]{24})$/s, cursor)
  return { [field]: { $gte: text }, $or: [{ [field]: { $gt: text } }, { _id: { $gt: _id } }] }
}

function keyCursor(key: Date | string, id: Types.ObjectId): string {
  const shown = key instanceof Date ? key.getTime() : `"${key}"`
  return Buffer.from(`${shown}.${id.toHexString()}`).toString('base64url')
}

function readCursor(form: RegExp, cursor: string): [key: string, id: Types.ObjectId] {
  const [, key, id] = form.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (key === undefined || id === undefined) throw notOurs()
  return [key, new Types.ObjectId(id)]
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
