import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { UploadBody } from '../../../lib/http/contract.ts'

/** One part of a multipart body; a `filename` makes it a file. */
export type Part = { name?: string; filename?: string; type?: string; content?: string | Uint8Array }

export const spec: UploadBody = {
  fileField: 'file',
  fields: z.strictObject({ shared: z.stringbool().default(false), note: z.string().optional() }),
}

export type Multipart = { boundary: string; bytes: Buffer }

/** The exact bytes a client would send, so that a test can break them anywhere. */
export function multipart(...parts: Part[]): Multipart {
  const boundary = randomBytes(12).toString('hex')
  const pieces = parts.flatMap(({ name, filename, type, content = '' }) => [
    `--${boundary}\r\nContent-Disposition: form-data`,
    name === undefined ? '' : `; name="${name}"`,
    filename === undefined ? '' : `; filename="${filename}"`,
    type === undefined ? '\r\n\r\n' : `\r\nContent-Type: ${type}\r\n\r\n`,
    content,
    '\r\n',
  ])
  const bytes = Buffer.concat([...pieces, `--${boundary}--\r\n`].map(piece => Buffer.from(piece)))
  return { boundary, bytes }
}

export function uploadRequest(
  body: RequestInit['body'],
  boundary: string,
  headers: Record<string, string> = {},
): Request {
  return new Request('http://127.0.0.1/api/files', {
    method: 'POST',
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}`, ...headers },
    body: body ?? null,
    duplex: 'half',
  } as RequestInit)
}
