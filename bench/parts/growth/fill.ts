import type { Db, Document, IndexDescription } from 'mongodb'
import type { Schema } from 'mongoose'

/** An expression of the server's aggregation language. */
export type Expression =
  | string
  | number
  | boolean
  | null
  | Date
  | readonly Expression[]
  | { readonly [name: string]: Expression }

/** A document by its fields, each computed from its position, `$i`. */
export type Fields = Readonly<Record<string, Expression>>

export type Filled = { schema: Schema; collection: { collectionName: string } }

const ROWS_PER_STEP = 1_000

/**
 * Puts `count` documents that the server makes beside those of a collection, and builds the indexes that its model
 * declares when they are all there. Gives what takes them away again.
 */
export async function fill(
  db: Db,
  { schema, collection: { collectionName } }: Filled,
  fields: Fields,
  count: number,
): Promise<() => Promise<void>> {
  const collection = db.collection(collectionName)
  const kept = await collection.find().toArray()
  await collection.drop()
  const made = [
    ...positions(count),
    { $replaceWith: { _id: idOf('$i'), ...fields } },
    { $out: collectionName },
  ]
  await db.aggregate(made, { writeConcern: { w: 1 } }).toArray()
  if (kept.length > 0) await collection.insertMany(kept)
  await buildIndexes(db, { schema, collection })
  return async () => {
    await collection.drop()
    if (kept.length > 0) await collection.insertMany(kept)
    await buildIndexes(db, { schema, collection })
  }
}

/** Builds what a model declares in another database than the product is connected to. */
export async function buildIndexes(
  db: Db,
  { schema, collection: { collectionName } }: Filled,
): Promise<void> {
  const declared = schema.indexes() as [IndexDescription['key'], Omit<IndexDescription, 'key'>][]
  const indexes = declared.map(([key, options]) => ({ ...options, key }))
  if (indexes.length > 0) await db.collection(collectionName).createIndexes(indexes)
}

/** One row with its position for each of `count`, a multiple of a thousand. */
function positions(count: number): Document[] {
  const steps = Array.from({ length: count / ROWS_PER_STEP }, (_, step) => ({ step }))
  return [
    { $documents: steps },
    { $set: { row: { $range: [0, ROWS_PER_STEP] } } },
    { $unwind: '$row' },
    { $project: { i: { $add: [{ $multiply: ['$step', ROWS_PER_STEP] }, '$row'] } } },
  ]
}

/** Ids that ascend with the position. */
export function idOf(position: Expression): Expression {
  const digits = { $toString: { $toLong: { $add: [11_000_000_000, position] } } }
  return { $toObjectId: { $concat: ['65a00000000000', { $substrCP: [digits, 1, 10] }] } }
}
