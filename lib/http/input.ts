import type { z } from 'zod'
import { AppError, type FieldError, InvalidInput, NotFound } from '../errors.ts'
import { readJson, readText, requireContentType } from './body.ts'
import type { Contract } from './contract.ts'
import type { Exchange } from './exchange.ts'
import { fieldErrors } from './field-errors.ts'
import type { Upload } from './upload.ts'

export type ParsedInput = {
  params: unknown
  query: unknown
  body: unknown
  raw: string
  upload: Upload | undefined
}

/** Reads and checks all that the contract says a request carries. @throws InvalidInput naming every fault. */
export async function parseInput(operation: Contract, exchange: Exchange): Promise<ParsedInput> {
  const { request, url } = exchange
  const params = operation.params ? parseParams(operation, operation.params, url) : {}
  const faults: FieldError[] = []
  const query = operation.query ? check(operation.query, Object.fromEntries(url.searchParams), faults) : {}
  const body = operation.body
    ? check(operation.body, await readFields(request, operation), faults)
    : undefined
  if (faults.length > 0) throw new InvalidInput(faults)
  return {
    params,
    query,
    body,
    raw: operation.raw ? await readRaw(request) : '',
    upload: operation.upload
      ? await (await import('./upload.ts')).openUpload(request, operation.upload)
      : undefined,
  }
}

/** Parses with a schema, turning its issues into field errors. @throws InvalidInput */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const faults: FieldError[] = []
  const parsed = check(schema, value, faults)
  if (faults.length > 0) throw new InvalidInput(faults)
  return parsed as z.output<S>
}

/** Most faults that one part of a request is told about. */
const MAX_FAULTS = 100

/** The parsed value; of an unfit one its faults are added to `faults`. */
function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  faults: FieldError[],
): z.output<S> | undefined {
  const result = schema.safeParse(value)
  if (!result.success) faults.push(...result.error.issues.flatMap(fieldErrors).slice(0, MAX_FAULTS))
  return result.data
}

/** The JSON body, where none at all is one without fields. */
async function readFields(request: Request, { maxBodyBytes }: Contract): Promise<unknown> {
  const body = await readJson(request, maxBodyBytes)
  return body === undefined ? {} : body
}

function parseParams(operation: Contract, schema: z.ZodObject, url: URL): unknown {
  const values = matchPath(operation.path, url.pathname)
  const result = schema.safeParse(values)
  if (!result.success) throw new NotFound('object')
  return result.data
}

/** The template's `{name}` segments as found in the path; on Vercel and locally alike the path is the source. */
function matchPath(template: string, path: string): Record<string, string> {
  const actual = path.split('/')
  const entries = template.split('/').flatMap((segment, position) => {
    if (!segment.startsWith('{')) return []
    return [[segment.slice(1, -1), decodeSegment(actual[position] ?? '')] as const]
  })
  return Object.fromEntries(entries)
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new NotFound('object')
  }
}

async function readRaw(request: Request): Promise<string> {
  requireContentType(request, /^application\/json$/i, 'application/json')
  const text = await readText(request)
  if (text === '')
    throw new AppError('invalid_input', 'The body is empty.', { errors: [{ path: '', message: 'Required' }] })
  return text
}
