import { InvalidInput } from '../../errors.ts'

/** Each kind by how its files begin, in Latin 1. */
const KINDS: readonly [type: string, begins: (head: string) => boolean][] = [
  ['image/png', head => head.startsWith('\x89PNG\r\n\x1a\n')],
  ['image/jpeg', head => head.startsWith('\xff\xd8\xff')],
  ['image/gif', head => /^GIF8[79]a/.test(head)],
  ['image/webp', head => /^RIFF.{4}WEBP/s.test(head)],
]
/** Base64 of more than the longest beginning. */
const HEAD_CHARS = 32

/**
 * The data URL of an image given in base64, bare or as a data URL, under the type that its bytes tell.
 * @throws InvalidInput when it is no base64, or of no image that models read
 */
export function dataUrlOf(given: string): string {
  const base64 = given.replace(/^data:[^,]*;base64,/, '').replace(/\s+/g, '')
  const body = base64.replace(/={1,2}$/, '')
  if (/[^A-Za-z0-9+/]/.test(body) || body.length % 4 === 1) throw refused('Is not base64')
  const head = Buffer.from(base64.slice(0, HEAD_CHARS), 'base64').toString('latin1')
  const type = KINDS.find(([, begins]) => begins(head))?.[0]
  if (!type) throw refused('Is no PNG, JPEG, GIF or WebP')
  return `data:${type};base64,${base64}`
}

function refused(message: string): InvalidInput {
  return new InvalidInput([{ path: 'imageBase64', message }])
}
