import type { Contract } from '../../../lib/http/contract.ts'
import { buildDocument } from '../../../scripts/openapi/document.ts'

type Schema = { [keyword: string]: unknown }

/** A place in a JSON body, e.g. `['messages', 0, 'content']`. */
export type Path = readonly (string | number)[]

/** A place where a contract takes text. `isFree` when nothing but its length is prescribed. */
export type TextField = { path: Path; isFree: boolean }

/** The places of a contract's JSON body where it takes text, through every alternative there is. */
export function textFieldsOf(contract: Contract): TextField[] {
  const { operation, schemas } = describe(contract)
  const content = (operation.requestBody as Schema | undefined)?.content as Schema | undefined
  const media = content?.['application/json'] as Schema | undefined
  const found = media ? fieldsIn(media.schema as Schema, schemas, []) : []
  return [...new Map(found.map(field => [field.path.join('.'), field])).values()]
}

/** The parameters of a contract's query, or those in its path. */
export function parametersOf(contract: Contract, place: 'query' | 'path'): string[] {
  const parameters = (describe(contract).operation.parameters ?? []) as Schema[]
  return parameters.flatMap(({ name, in: where }) => (where === place ? [String(name)] : []))
}

function describe(contract: Contract): { operation: Schema; schemas: Schema } {
  const { paths, components } = buildDocument([contract])
  const methods = paths?.[contract.path] as Schema
  const operation = methods[contract.method.toLowerCase()] as Schema
  return { operation, schemas: (components?.schemas ?? {}) as Schema }
}

const PRESCRIBING = ['enum', 'const', 'format']

/** Whether a text of letters is as good as any other. */
function isFree(schema: Schema): boolean {
  const fits = new RegExp(typeof schema.pattern === 'string' ? schema.pattern : '', 'u').test('text')
  return fits && !PRESCRIBING.some(word => word in schema)
}

function fieldsIn(schema: Schema, schemas: Schema, path: Path): TextField[] {
  if (typeof schema.$ref === 'string')
    return fieldsIn(schemas[schema.$ref.split('/').at(-1) ?? ''] as Schema, schemas, path)
  const types = [schema.type].flat()
  const own = types.includes('string') ? [{ path, isFree: isFree(schema) }] : []
  const alternatives = ['anyOf', 'oneOf', 'allOf'].flatMap(word => (schema[word] ?? []) as Schema[])
  const inside = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
  return [
    ...own,
    ...alternatives.flatMap(each => fieldsIn(each, schemas, path)),
    ...inside.flatMap(([name, each]) => fieldsIn(each, schemas, [...path, name])),
    ...(schema.items ? fieldsIn(schema.items as Schema, schemas, [...path, 0]) : []),
  ]
}

/** A copy of a JSON value with another one at a place; what is missing on the way is made. */
export function withValue(root: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value
  const container = isContainer(root) ? root : typeof step === 'number' ? [] : {}
  const child = withValue((container as Schema)[step], rest, value)
  if (Array.isArray(container)) return Object.assign([...container], { [step]: child })
  return { ...container, [step]: child }
}

/** The value at a place. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (isContainer(value) ? (value as Schema)[step] : undefined),
    root,
  )
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Whether some text within a JSON value is exactly this. */
export function holds(root: unknown, text: unknown): boolean {
  if (!isContainer(root)) return root === text
  return Object.values(root).some(value => holds(value, text))
}
