import { pipeline, Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import Negotiator from 'negotiator'
import { log } from '../log.ts'
import { CSV, type TableReply } from './table-reply.ts'

type Cell = string | number | boolean | Date | null
export type Row = Record<string, Cell>

/** Whether the client would rather have a table than JSON. */
export function wantsTable(headers: Readonly<Record<string, string>>): boolean {
  return new Negotiator({ headers }).mediaType(['application/json', CSV]) === CSV
}

const FORMULA =
  /^(?=[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n])|(?=[=+\-@\uff1d\uff0b\uff0d\uff20])(?<=[;\t\r\n]"*)/g

/**
 * What a spreadsheet would take for a formula, preceded by an apostrophe (OWASP, CSV Injection); also within
 * a text: where `;` is the separator, as in French, each `;` and each line break in it begins a cell.
 */
function harmless(text: string): string {
  return text.replace(FORMULA, "'")
}

/**
 * A CSV file (RFC 4180, UTF-8 with a mark, so that spreadsheets read it right) named `<name>.csv`,
 * without formulas. The first row is read before anything is sent: what fails by then is a problem, not half
 * a file.
 */
export async function table(
  name: string,
  columns: readonly string[],
  rows: AsyncIterable<Row>,
): Promise<TableReply> {
  const lines = rows[Symbol.asyncIterator]()
  const first = await lines.next()
  async function* all() {
    try {
      for (let line = first; !line.done; line = await lines.next()) yield line.value
    } finally {
      await lines.return?.()
    }
  }
  const content = stringify({
    header: true,
    columns: [...columns],
    bom: true,
    record_delimiter: 'windows',
    cast: { string: harmless, date: moment => moment.toISOString(), boolean: value => String(value) },
  })
  pipeline(Readable.from(all()), content, error => {
    const isLeft = error?.name === 'AbortError'
    if (error && !isLeft) log().error({ err: error, name }, 'a table broke off')
  })
  return { status: 200, table: { name, content } }
}
