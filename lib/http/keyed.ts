import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Caller, TenantCaller } from '../auth/caller.ts'
import { AppError, InvalidInput } from '../errors.ts'
import { type Contract, canBeKeyed } from './contract.ts'
import type { Exchange } from './exchange.ts'
import type { ParsedInput } from './input.ts'
import { PROBLEMS } from './problems.ts'
import type { Upload } from './upload.ts'

/** A request that came with an Idempotency-Key. */
export type Keyed = {
  caller: TenantCaller
  key: string
  isAtomic: boolean
  isStream: boolean
  /** What is asked, as JSON; of an upload its metadata and SHA-256, known once its bytes are read. */
  describe(): Promise<unknown>
  /** The input to work with. */
  input: ParsedInput
}

/** A reply in a form that can be kept. */
export type KeptReply = { status: number; headers: [string, string][]; body: string }

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
  if (!upload) return { ...keyed, isStream: false, describe: async () => ({ ...asked, body }), input }
  const { tapped, describe } = tap(upload)
  return {
    ...keyed,
    isStream: true,
    describe: async () => ({ ...asked, ...(await describe()) }),
    input: { ...input, upload: tapped },
  }
}

/** An upload whose bytes are hashed as they are read; describing it reads what nobody has read yet. */
function tap(upload: Upload): { tapped: Upload; describe(): Promise<object> } {
  const hash = createHash('sha256')
  const bytes = new Transform({
    transform(piece, _encoding, done) {
      hash.update(piece)
      done(null, piece)
    },
  })
  const ended = pipeline(upload.bytes, bytes)
  ended.catch(() => {})
  const describe = async () => {
    bytes.resume()
    await ended
    const { name, declaredType } = upload
    return { name, declaredType, fields: await upload.fields(), sha256: hash.copy().digest('hex') }
  }
  return { tapped: { ...upload, bytes }, describe }
}

/** Whether a failure is worth remembering: the request's own fault, and not one that time heals. */
export function isLasting(error: unknown): error is AppError {
  if (!(error instanceof AppError)) return false
  const { status } = PROBLEMS[error.code]
  return status < 500 && status !== 429
}

export async function keep(response: Response): Promise<KeptReply> {
  return { status: response.status, headers: [...response.headers], body: await response.text() }
}

export function revive({ status, headers, body }: KeptReply): Response {
  return new Response(body, { status, headers })
}
