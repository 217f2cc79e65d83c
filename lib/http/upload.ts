import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { Busboy } from '@fastify/busboy'
import { InvalidInput } from '../errors.ts'
import { requireContentType } from './body.ts'
import type { UploadBody } from './contract.ts'
import { parse } from './input.ts'

/** A file that is arriving. Nothing of it is buffered: read `bytes` to its end, then ask for the fields. */
export type Upload = {
  name: string
  declaredType: string
  bytes: Readable
  /** What the request announced, an upper bound of the file's size; null when it did not say. */
  announcedBytes: number | null
  /** The checked text fields, whichever side of the file they stood on. @throws InvalidInput */
  fields(): Promise<unknown>
}

const LIMITS = { fieldSize: 10_000, fields: 20, parts: 25 }

/** Opens a multipart body and resolves at its file part. @throws AppError 415, or InvalidInput without a file. */
export async function openUpload(request: Request, spec: UploadBody): Promise<Upload> {
  requireContentType(request, /^multipart\/form-data$/i, 'multipart/form-data')
  const parser = createParser(request)
  const fields = new Map<string, string>()
  const opened = Promise.withResolvers<Upload>()
  let file: Readable | undefined
  let surplus: string | undefined

  parser.on('field', (name, value) => fields.set(name, value))
  parser.on('file', (name, bytes, filename, _encoding, declaredType) => {
    if (name !== spec.fileField || file) {
      surplus = name
      bytes.resume()
      return
    }
    file = bytes
    opened.resolve({
      name: filename,
      declaredType,
      bytes,
      announcedBytes: announcedBytes(request),
      fields: readFields,
    })
  })

  const arrived = pipeline(Readable.fromWeb(request.body as NodeReadableStream), parser).then(
    () => opened.reject(missingFile(spec)),
    error => {
      const fault = new InvalidInput([
        { path: spec.fileField, message: 'The upload ended before it was complete' },
      ])
      fault.cause = error
      file?.destroy(fault)
      opened.reject(fault)
      throw fault
    },
  )
  arrived.catch(() => {})

  async function readFields(): Promise<unknown> {
    await arrived
    if (surplus !== undefined) throw new InvalidInput([{ path: surplus, message: 'Send one file only' }])
    return parse(spec.fields, Object.fromEntries(fields))
  }
  return opened.promise
}

function createParser(request: Request): InstanceType<typeof Busboy> {
  try {
    return new Busboy({
      headers: { 'content-type': request.headers.get('content-type') ?? '' },
      limits: LIMITS,
    })
  } catch {
    throw new InvalidInput([{ path: '', message: 'The multipart body has no boundary' }])
  }
}

function announcedBytes(request: Request): number | null {
  const length = request.headers.get('content-length')
  return length === null ? null : Number(length)
}

function missingFile(spec: UploadBody): InvalidInput {
  return new InvalidInput([{ path: spec.fileField, message: 'Required: a file part with a file name' }])
}
