import { AppError, InvalidInput } from '../errors.ts'

/** Most bytes a raw body may have, and a JSON body unless its contract says otherwise. */
export const MAX_BODY_BYTES = 1024 * 1024

/** Deeper nesting would overflow the stack of whatever walks the value, and MongoDB stores 100 levels at most. */
const MAX_LEVELS = 64

/** The parsed JSON body; undefined when there is none. @throws AppError 413, 415 or 400. */
export async function readJson(request: Request, maxBytes = MAX_BODY_BYTES): Promise<unknown> {
  const bytes = await readLimited(request, maxBytes)
  if (bytes.byteLength === 0) return undefined
  requireContentType(request, /^application\/(json|[\w.+-]+\+json)$/i, 'application/json')
  const value = parseJson(bytes)
  const fault = faultIn(value)
  if (fault) throw new InvalidInput([{ path: '', message: fault }])
  return value
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new InvalidInput([{ path: '', message: 'The body is not valid JSON in UTF-8' }])
  }
}

/** Why a value cannot be worked with. Walks without making anything per value: a body can hold millions of them. */
function faultIn(root: unknown): string | undefined {
  const values: unknown[] = [root]
  const depths = [1]
  while (values.length > 0) {
    const value = values.pop()
    const depth = depths.pop() ?? 0
    if (!isObject(value)) continue
    if (depth > MAX_LEVELS) return `The body nests deeper than ${MAX_LEVELS} levels`
    for (const key in value) {
      const child = (value as Record<string, unknown>)[key]
      if (!isLasting(key) || !isLasting(child)) return NOT_LASTING
      if (!isObject(child)) continue
      values.push(child)
      depths.push(depth + 1)
    }
  }
  return undefined
}

const NOT_LASTING = 'The body holds half a surrogate pair, or a number past 1.8e308'

/** JSON can write texts and numbers that UTF-8, or a double, and so the database would change. */
function isLasting(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  return typeof value !== 'number' || Number.isFinite(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The body as the exact text that was sent. @throws AppError 413 or 400. */
export async function readText(request: Request): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      await readLimited(request, MAX_BODY_BYTES),
    )
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new InvalidInput([{ path: '', message: 'The body is not valid UTF-8' }])
  }
}

/** @throws AppError `unsupported_media_type` unless the request's media type matches. */
export function requireContentType(request: Request, accepted: RegExp, example: string): void {
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim() ?? ''
  if (!accepted.test(mediaType)) {
    throw new AppError(
      'unsupported_media_type',
      `Send the body as ${example}${mediaType && `, not ${mediaType}`}.`,
    )
  }
}

async function readLimited(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of request.body ?? []) {
    size += piece.byteLength
    if (size > maxBytes) throw tooLarge(maxBytes)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The body may have ${maxBytes} bytes at most.`)
}
