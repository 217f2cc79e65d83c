import { Readable } from 'node:stream'

/** The media type of a table (RFC 4180). */
export const CSV = 'text/csv; charset=utf-8; header=present'

/** A whole list as a table, its rows read while it is sent. */
export type TableReply = { status: 200; table: { name: string; content: Readable } }

export function isTable(reply: object): reply is TableReply {
  return 'table' in reply
}

/** A download named `<name>.csv`. */
export function tableResponse({ table: { name, content } }: TableReply): Response {
  return new Response(Readable.toWeb(content) as ReadableStream<Uint8Array>, {
    headers: {
      'Content-Type': CSV,
      'Content-Disposition': `attachment; filename="${name}.csv"`,
      Vary: 'Accept',
    },
  })
}
