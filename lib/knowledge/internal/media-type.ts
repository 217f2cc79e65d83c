import { isUtf8 } from 'node:buffer'
import { extname } from 'node:path'

/** How much of a file's beginning is enough to tell its type. */
export const HEAD_BYTES = 64 * 1024

const TEXT_TYPES =
  /^(text\/[\w.+-]+|application\/(json|xml|yaml|x-yaml|toml|sql|javascript|typescript|x-sh|[\w.-]+\+(json|xml)))$/

const PDF = 'application/pdf'
const OFFICE = 'application/vnd.openxmlformats-officedocument'

/** Documents that text is extracted from; of the office types also the extension and what a zip archive tells. */
const OFFICE_EXTENSIONS: Record<string, string> = {
  '.docx': `${OFFICE}.wordprocessingml.document`,
  '.xlsx': `${OFFICE}.spreadsheetml.sheet`,
}
const DOCUMENT_TYPES = new Set([PDF, ...Object.values(OFFICE_EXTENSIONS)])

/** The part that every office document has. It may be the last one, past the head. */
const OFFICE_PART = '[Content_Types].xml'

/** Types of text that an extension tells better than the browser's guess; other text is text/plain. */
const TEXT_EXTENSIONS: Record<string, string> = {
  '.md': 'text/markdown',
  '.markdown': 'text/markdown',
  '.txt': 'text/plain',
  '.csv': 'text/csv',
  '.tsv': 'text/tab-separated-values',
  '.json': 'application/json',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.xml': 'application/xml',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
}

/** Formats that may be made of text alone. In text, the signature of any other is chance: "BM", "MZ", "solid ". */
const WRITTEN_AS_TEXT = /^(text\/.+|application\/(pdf|rtf|postscript|eps|xml|pgp-encrypted))$/

/** What is sniffed as a general container, and the declared types that are this container told more exactly. */
const CONTAINERS: Record<string, RegExp> = {
  'application/zip': /^application\/(vnd\.|epub|java-archive)/,
  /** Also what Office locks with a password, whatever its type. */
  'application/x-cfb': /^application\/(msword|vnd\.ms-|vnd\.openxmlformats-officedocument\.)/,
  'application/xml': /^(text\/(xml|html)|(application|image)\/[\w.-]+\+xml)$/,
}

const UNKNOWN = 'application/octet-stream'
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+$/

/** Whether text can be had from this type: as it is, or extracted from a document. */
export function isTextLike(mimeType: string): boolean {
  return isTextType(mimeType) || DOCUMENT_TYPES.has(mimeType)
}

function isTextType(mimeType: string): boolean {
  return TEXT_TYPES.test(mimeType)
}

/** The type of a file: as declared, unless its first bytes say otherwise. */
export async function detectMediaType(head: Uint8Array, declared: string, name: string): Promise<string> {
  const { fileTypeFromBuffer } = await import('file-type')
  const claimed = claimedType(declared)
  const isText = looksLikeText(head)
  const sniffed = (await fileTypeFromBuffer(head))?.mime
  if (sniffed && (!isText || sniffed === claimed || WRITTEN_AS_TEXT.test(sniffed)))
    return CONTAINERS[sniffed]?.test(claimed) ? claimed : (officeType(sniffed, head, name) ?? sniffed)
  const asText = textType(claimed, name)
  if (isText && head.byteLength > 0) return asText ?? 'text/plain'
  if (head.includes(0)) return isTextType(claimed) ? UNKNOWN : claimed
  return asText ?? claimed
}

/** A declared type without its parameters, in lower case; what is none says nothing. */
export function claimedType(declared: string): string {
  const type = declared.split(';')[0]?.trim() ?? ''
  return MEDIA_TYPE.test(type) ? type.toLowerCase() : UNKNOWN
}

/** The type of text that is declared, or that the name tells; undefined when neither speaks of text. */
function textType(claimed: string, name: string): string | undefined {
  if (isTextType(claimed) && claimed !== 'text/plain') return claimed
  return TEXT_EXTENSIONS[extname(name).toLowerCase()] ?? (isTextType(claimed) ? claimed : undefined)
}

/** The office type that a container's name tells, unless it is an archive wholly in the head without such a part. */
function officeType(sniffed: string, head: Uint8Array, name: string): string | undefined {
  if (sniffed === 'application/x-cfb') return OFFICE_EXTENSIONS[extname(name).toLowerCase()]
  if (sniffed !== 'application/zip') return undefined
  const isWhole = head.byteLength < HEAD_BYTES
  if (isWhole && !Buffer.from(head.buffer, head.byteOffset, head.byteLength).includes(OFFICE_PART))
    return undefined
  return OFFICE_EXTENSIONS[extname(name).toLowerCase()]
}

function looksLikeText(head: Uint8Array): boolean {
  const utf16 = markedUtf16(head)
  if (utf16) return !new TextDecoder(utf16).decode(head).includes('\0')
  return !head.includes(0) && isUtf8(withoutCutCharacter(head))
}

function markedUtf16(head: Uint8Array): string | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : undefined
}

/** The head may end inside a character of up to four bytes; drop what is incomplete. */
function withoutCutCharacter(head: Uint8Array): Uint8Array {
  if (head.byteLength < HEAD_BYTES) return head
  for (let back = 1; back <= 4; back++) {
    const byte = head[head.byteLength - back] ?? 0
    if ((byte & 0b1100_0000) !== 0b1000_0000) return head.subarray(0, byte < 0x80 ? head.byteLength : -back)
  }
  return head
}
