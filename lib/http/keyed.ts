import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Caller, TenantCaller } from '../auth/caller.ts'
import { AppError, InvalidInput } from '../errors.ts'
import { type Contract, canBeKeyed } from './contract.ts'
import type { Exchange } from './exchange.ts'
import type { ParsedInput } from './input.ts'
import { PROBLEMS, type ProblemCode } from './problems.ts'
import type { Upload } from './upload.ts'

/** A request that came with an Idempotency-Key. */
export type Keyed = {
  caller: TenantCaller
  key: string
  isAtomic: boolean
  /** What is asked, as JSON; of an upload without its bytes. */
  about: unknown
  /** The bytes of an upload; they are described by their SHA-256 and the fields beside them. */
  content: Content | null
  /** The input to work with. */
  input: ParsedInput
}

type Content = {
  /** Reads what nobody has read yet. @throws AppError `idempotency_mismatch` past `maxBytes` */
  describe(maxBytes: number | null): Promise<{ bytes: number; description: unknown }>
  isRead(): boolean
}

/** A reply in a form that can be kept. */
export type KeptReply = { status: number; headers: [string, string][]; body: string }

const OF_THE_ATTEMPT: ProblemCode[] = ['invalid_input', 'idempotency_mismatch', 'conflict']

const USABLE_KEY = /^[\x21-\x7e]{1,255}$/

/** The keyed form of a request; null when it has no key or a key means nothing for it. @throws InvalidInput */
export function readKeyed(
  { request, url }: Exchange,
  operation: Contract,
  caller: Caller,
  input: ParsedInput,
): Keyed | null {
  const key = request.headers.get('idempotency-key')
  if (key === null || !canBeKeyed(operation) || (caller.kind !== 'user' && caller.kind !== 'key')) return null
  if (!USABLE_KEY.test(key))
    throw new InvalidInput([{ path: 'Idempotency-Key', message: 'Must be 1–255 visible ASCII characters' }])
  const { query, body, upload } = input
  const asked = { operation: operation.id, path: url.pathname, query }
  const keyed = { caller, key, isAtomic: operation.atomic === true }
  if (!upload) return { ...keyed, about: { ...asked, body }, content: null, input }
  const { name, declaredType } = upload
  const { tapped, content } = tap(upload)
  return { ...keyed, about: { ...asked, name, declaredType }, content, input: { ...input, upload: tapped } }
}

/** An upload whose bytes are hashed and counted as they are read. */
function tap(upload: Upload): { tapped: Upload; content: Content } {
  const hash = createHash('sha256')
  let size = 0
  let most = Number.POSITIVE_INFINITY
  const bytes = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece)
      size += piece.byteLength
      done(size > most ? otherContent() : null, piece)
    },
  })
  const ended = pipeline(upload.bytes, bytes)
  ended.catch(() => {})
  const describe = async (maxBytes: number | null) => {
    most = maxBytes ?? most
    bytes.resume()
    await ended
    const description = { fields: await upload.fields(), sha256: hash.copy().digest('hex') }
    return { bytes: size, description }
  }
  return { tapped: { ...upload, bytes }, content: { describe, isRead: () => bytes.readableEnded } }
}

function otherContent(): AppError {
  return new AppError('idempotency_mismatch', 'This Idempotency-Key was used for another upload.')
}

/**
 * Whether a failure is worth remembering: the request's own fault, and not one that time or an admin heals. Of
 * an upload, bad input may only mean that the connection broke, and the others are about this attempt alone.
 */
export function isLasting(error: unknown, { content }: Keyed): error is AppError {
  if (!(error instanceof AppError) || error.code === 'account_inactive') return false
  if (content && OF_THE_ATTEMPT.includes(error.code)) return false
  // Whoever is told when to come again must find the answer of that time.
  if (error.extras.retryAfterSeconds !== undefined) return false
  const { status } = PROBLEMS[error.code]
  return status < 500 && status !== 429
}

export async function keep(response: Response): Promise<KeptReply> {
  return { status: response.status, headers: [...response.headers], body: await response.text() }
}

export function revive({ status, headers, body }: KeptReply): Response {
  return new Response(body, { status, headers })
}
