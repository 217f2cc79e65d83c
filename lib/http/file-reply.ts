import { AppError } from '../errors.ts'
import type { Reply } from './reply.ts'

/** First and last byte of a part, both included. */
type ByteRange = { start: number; end: number }

/** Bytes to send, whole or one part of them. */
type Sendable = {
  name: string
  mimeType: string
  /** Equal for equal bytes only; becomes the ETag. */
  version: string
  size: number
  open(range: ByteRange | null): Promise<ReadableStream<Uint8Array>>
  /** An address that gives out the bytes under these headers; null where there is none. */
  address: ((as: { disposition: string; mimeType: string }) => Promise<string>) | null
}

type FileReply = Reply<200 | 206, ReadableStream<Uint8Array>> | Reply<302 | 304, null>

/**
 * A download: attachment, never sniffed, with ETag and ranges; 304 when the client has these very bytes. A
 * `direct` one is sent on to the address of the bytes, if they have one.
 * @throws AppError `range_not_satisfiable`
 */
export async function fileReply(
  file: Sendable,
  requested: Readonly<Record<string, string>>,
  isDirect = false,
): Promise<FileReply> {
  const { name, mimeType, size, address } = file
  const disposition = `attachment; filename="${asciiName(name)}"; filename*=UTF-8''${encodeRfc8187(name)}`
  const etag = `"${file.version}"`
  const headers = { ETag: etag, 'Accept-Ranges': 'bytes', 'Cache-Control': 'private, no-cache' }
  if (matches(requested['if-none-match'], etag)) return { status: 304, body: null, headers }
  if (isDirect && address) {
    const Location = await address({ disposition, mimeType })
    return { status: 302, body: null, headers: { Location, 'Cache-Control': 'private, no-store' } }
  }
  const isStale = requested['if-range'] !== undefined && requested['if-range'] !== etag
  const range = requested.range === undefined || isStale ? null : parseRange(requested.range, size)
  return {
    status: range ? 206 : 200,
    body: await file.open(range),
    headers: {
      ...headers,
      'Content-Type': mimeType,
      'Content-Length': String(range ? range.end - range.start + 1 : size),
      'Content-Disposition': disposition,
      'Content-Security-Policy': "default-src 'none'; sandbox",
      ...(range && { 'Content-Range': `bytes ${range.start}-${range.end}/${size}` }),
    },
  }
}

/** One part; null (the whole file, as RFC 9110 allows) for several parts or for what is no range. */
function parseRange(header: string, size: number): ByteRange | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header.trim()) ?? []
  if (first === '' && last === '') return null
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < start) return null
  if (start > end) throw new AppError('range_not_satisfiable', `The file has ${size} bytes.`, { size })
  return { start, end }
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const candidates = ifNoneMatch?.split(',').map(tag => tag.trim().replace(/^W\//, '')) ?? []
  return candidates.includes(etag) || candidates.includes('*')
}

function asciiName(name: string): string {
  return name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
}

function encodeRfc8187(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
