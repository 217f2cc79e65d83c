import type { Types } from 'mongoose'
import { type Cursor, eachOf } from '../../db/each.ts'

/** Documents that are asked for at once while a table is sent. */
export const ROWS_AT_ONCE = 200

type Cell = string | number | boolean | Date | null
export type Row = Record<string, Cell>

type Stored<C extends string> = { _id: Types.ObjectId } & { [F in Exclude<C, 'id'>]?: Cell | undefined }

/** The documents of a cursor as rows, one after the other; only a batch of them is held. */
export async function* rowsOf<C extends string>(
  found: Cursor<Stored<C>>,
  columns: readonly C[],
): AsyncGenerator<Row> {
  for await (const document of eachOf(found)) yield toRow(document, columns)
}

function toRow<C extends string>(document: Stored<C>, columns: readonly C[]): Row {
  const fields: Record<string, Cell | undefined> = { ...document, _id: null, id: document._id.toHexString() }
  return Object.fromEntries(columns.map(column => [column, fields[column] ?? null]))
}
