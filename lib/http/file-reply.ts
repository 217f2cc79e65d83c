import type { Reply } from './reply.ts'

/** Bytes to send: whole, or one part of them. */
type Sendable = {
  name: string
  mimeType: string
  sha256: string
  size: number
  range: { start: number; end: number } | null
  open(): Promise<ReadableStream<Uint8Array>>
}

type FileReply = Reply<200 | 206, ReadableStream<Uint8Array>> | Reply<304, null>

/** A download: attachment, never sniffed, with ETag and ranges; 304 when the client has these very bytes. */
export async function fileReply(file: Sendable, ifNoneMatch: string | undefined): Promise<FileReply> {
  const etag = `"${file.sha256}"`
  const headers = { ETag: etag, 'Accept-Ranges': 'bytes', 'Cache-Control': 'private, no-cache' }
  if (matches(ifNoneMatch, etag)) return { status: 304, body: null, headers }
  const { range, size } = file
  return {
    status: range ? 206 : 200,
    body: await file.open(),
    headers: {
      ...headers,
      'Content-Type': file.mimeType,
      'Content-Length': String(range ? range.end - range.start + 1 : size),
      'Content-Disposition': `attachment; filename="${asciiName(file.name)}"; filename*=UTF-8''${encodeRfc8187(file.name)}`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
      ...(range && { 'Content-Range': `bytes ${range.start}-${range.end}/${size}` }),
    },
  }
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const candidates = ifNoneMatch?.split(',').map(tag => tag.trim().replace(/^W\//, '')) ?? []
  return candidates.includes(etag) || candidates.includes('*')
}

function asciiName(name: string): string {
  return name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
}

function encodeRfc8187(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
