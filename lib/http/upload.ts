import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { Busboy } from '@fastify/busboy'
import { AppError, type FieldError, InvalidInput } from '../errors.ts'
import { requireContentType } from './body.ts'
import type { UploadBody } from './contract.ts'
import { parse } from './input.ts'

/** A file that is arriving. Nothing of it is buffered: read `bytes` to its end, then ask for the fields. */
export type Upload = {
  name: string
  declaredType: string
  /** Fails with InvalidInput when the body ends too early. */
  bytes: Readable
  /** What the request announced, an upper bound of the file's size; null when it did not say. */
  announcedBytes: number | null
  /** The checked text fields, whichever side of the file they stood on. @throws InvalidInput */
  fields(): Promise<unknown>
}

/** Most bytes beside the file itself: of the fields, and of what belongs to no part. */
const MOST_BESIDE = 1024 * 1024

const LIMITS = { fieldSize: 10_000, fields: 20, parts: 25 }

/** Opens a multipart body and resolves at its file part. @throws AppError 415, or InvalidInput without a file. */
export async function openUpload(request: Request, spec: UploadBody): Promise<Upload> {
  requireContentType(request, /^multipart\/form-data$/i, 'multipart/form-data')
  if (!request.body) throw missingFile(spec)
  const source = Readable.fromWeb(request.body as NodeReadableStream)
  const parser = createParser(request)
  const fields = readFields(parser)
  const opened = Promise.withResolvers<Upload>()
  let file: PassThrough | undefined
  let stage: 'before the file' | 'within it' | 'after it' = 'before the file'

  let fault: AppError | undefined
  /** The first failure is the one to tell: others follow from it. */
  function fail(cause: unknown): AppError {
    fault ??= cause instanceof AppError ? cause : brokenOff(spec, cause)
    file?.destroy(fault)
    opened.reject(fault)
    return fault
  }

  /** The parser may be waiting for its reader: both ends go. */
  function stop(cause: Error): void {
    const first = fail(cause)
    source.destroy(first)
    parser.destroy(first)
  }

  parser.on('file', (name, part, filename, _encoding, declaredType) => {
    part.on('error', fail)
    if (name !== spec.fileField || !filename || file) {
      part.resume()
      if (filename)
        stop(file ? new InvalidInput([{ path: name, message: 'Send one file only' }]) : missingFile(spec))
      return
    }
    const bytes = part.pipe(new PassThrough())
    file = bytes
    stage = 'within it'
    part.on('end', () => {
      stage = 'after it'
    })
    // A failure nobody listens to yet must not end the process; whoever reads later still meets it.
    bytes.on('error', () => {})
    bytes.on('close', () => bytes.readableEnded || stop(new Error('nobody reads the file any more')))
    opened.resolve({
      name: unescaped(filename),
      declaredType,
      bytes,
      announcedBytes: announcedBytes(request),
      fields: async () => {
        await arrived
        if (fields.faults.length > 0) throw new InvalidInput(fields.faults)
        return parse(spec.fields, Object.fromEntries(fields.values))
      },
    })
  })

  /** Passes all of it on, and refuses what has no end: the file's own size is for its reader to bound. */
  async function* bounded(pieces: AsyncIterable<Buffer>) {
    let beside = 0
    for await (const piece of pieces) {
      const began = stage
      yield piece
      if (began !== 'within it' && began === stage) beside += piece.byteLength
      if (beside > MOST_BESIDE)
        throw new AppError('too_large', `A body may have ${MOST_BESIDE} bytes beside its file.`)
    }
  }

  const arrived = pipeline(source, bounded, parser).then(
    () => opened.reject(missingFile(spec)),
    cause => Promise.reject(fail(cause)),
  )
  arrived.catch(() => {})
  return opened.promise
}

type Parser = InstanceType<typeof Busboy>

function createParser(request: Request): Parser {
  try {
    return new Busboy({
      headers: { 'content-type': request.headers.get('content-type') ?? '' },
      limits: LIMITS,
    })
  } catch {
    throw new InvalidInput([{ path: '', message: 'The multipart body has no boundary' }])
  }
}

/** Collects text fields as they arrive; what the parser would cut or drop silently is a fault. */
function readFields(parser: Parser): { values: Map<string, string>; faults: FieldError[] } {
  const values = new Map<string, string>()
  const faults: FieldError[] = []
  parser.on('field', (name: string | undefined, value, _nameCut, valueCut) => {
    const path = name ?? ''
    if (valueCut) faults.push({ path, message: `May have ${LIMITS.fieldSize} bytes at most` })
    if (values.has(path)) faults.push({ path, message: 'Send it once only' })
    values.set(path, value)
  })
  const tooMany = () => faults.push({ path: '', message: 'The body has too many parts' })
  parser.on('fieldsLimit', tooMany)
  parser.on('partsLimit', tooMany)
  return { values, faults }
}

/** A file's name without the three escapes that forms write in one (HTML, multipart/form-data encoding algorithm). */
function unescaped(filename: string): string {
  return filename.replace(/%22|%0[AD]/gi, decodeURIComponent)
}

function announcedBytes(request: Request): number | null {
  const length = request.headers.get('content-length') ?? ''
  return /^\d{1,15}$/.test(length) ? Number(length) : null
}

function brokenOff({ fileField }: UploadBody, cause: unknown): InvalidInput {
  const fault = new InvalidInput([{ path: fileField, message: 'The upload ended before it was complete' }])
  fault.cause = cause
  return fault
}

function missingFile(spec: UploadBody): InvalidInput {
  return new InvalidInput([{ path: spec.fileField, message: 'Required: a file part with a file name' }])
}
