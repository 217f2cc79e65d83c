import { isUtf8 } from 'node:buffer'
import { NOT_TEXT } from './limits.ts'
import { Unreadable } from './unreadable.ts'

/** What text in windows-1252 has no use for; the letters it lacks decode to U+0080–U+009F. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: telling them from text is the point
const CONTROL = /[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f]/

/** A text with this many valid characters of several bytes to each bad one is UTF-8 with a mistake in it. */
const VALID_PER_BAD = 4

/**
 * Decodes text: UTF-16 when it begins with that mark, else UTF-8, else windows-1252, which older spreadsheets and
 * editors write. `declared` is a label that the text itself gives, believed unless the bytes are UTF-8; a few bad
 * ones among them become U+FFFD.
 * @throws Unreadable when the bytes are no text
 */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  const marked = markedEncoding(bytes)
  if (marked) return strict(bytes, marked)
  if (isUtf8(bytes)) return withoutNul(new TextDecoder().decode(bytes))
  const mostlyUtf8 = bearing(bytes)
  if (mostlyUtf8 !== undefined) return withoutNul(mostlyUtf8)
  const text = strict(bytes, declared && declared !== 'utf-8' ? declared : 'windows-1252')
  if (CONTROL.test(text)) throw new Unreadable(NOT_TEXT)
  return text
}

function markedEncoding(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return undefined
}

/** The bytes as UTF-8 with few mistakes; undefined when they are something else. */
function bearing(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(bytes)
  let bad = 0
  let valid = 0
  for (const [character] of text.matchAll(/[^\0-\x7f]/gu)) {
    if (character === '\ufffd') bad++
    else valid++
  }
  return valid >= bad * VALID_PER_BAD ? text : undefined
}

function strict(bytes: Uint8Array, encoding: string): string {
  try {
    return withoutNul(new TextDecoder(encoding, { fatal: true }).decode(bytes))
  } catch (error) {
    if (error instanceof Unreadable) throw error
    throw new Unreadable(NOT_TEXT, { cause: error })
  }
}

function withoutNul(text: string): string {
  if (text.includes('\0')) throw new Unreadable(NOT_TEXT)
  return text
}
