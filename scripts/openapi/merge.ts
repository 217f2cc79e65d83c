import { isDeepStrictEqual } from 'node:util'
import type { oas32 } from 'zod-openapi'
import type { Contract } from '../../lib/http/contract.ts'

export type Operation = Omit<oas32.OperationObject, 'parameters' | 'requestBody' | 'responses'> & {
  parameters?: oas32.ParameterObject[]
  requestBody?: oas32.RequestBodyObject
  responses?: Record<string, oas32.ResponseObject>
}

/** An operation and the contract it was drawn from. */
export type Part = { contract: Contract; operation: Operation }

type Schema = oas32.SchemaObject | oas32.ReferenceObject
type Named = { part: Part; schema: Schema }
type Content = Record<string, oas32.MediaTypeObject>

/** The operations of one method and path, told apart by `action`, as the one operation that OpenAPI allows. */
export function mergeOperations(parts: readonly [Part, ...Part[]]): Operation {
  const [first] = parts
  if (parts.length === 1 && first.contract.action === undefined) return first.operation
  const parameters = [actionParameter(parts), ...mergeParameters(parts)]
  const requestBody = mergeBodies(parts)
  return {
    ...first.operation,
    summary: parts.map(({ operation }) => operation.summary).join(' · '),
    description: describeActions(parts),
    parameters,
    ...(requestBody && { requestBody }),
    responses: mergeResponses(parts),
    security: distinct(parts.flatMap(({ operation }) => operation.security ?? [])),
  }
}

function describeActions(parts: readonly Part[]): string | undefined {
  if (parts.length === 1) return parts[0]?.operation.description
  const entries = parts.map(({ contract, operation }) => {
    const name = contract.action ? `\`action=${contract.action}\`` : 'Without `action`'
    return [`**${name}: ${operation.summary}**`, operation.description].filter(Boolean).join('\n\n')
  })
  return entries.join('\n\n')
}

function actionParameter(parts: readonly Part[]): oas32.ParameterObject {
  const names = parts.flatMap(({ contract }) => contract.action ?? [])
  return {
    in: 'query',
    name: 'action',
    required: names.length === parts.length,
    description: 'Which operation is meant',
    schema: { type: 'string', enum: names },
  }
}

function mergeParameters(parts: readonly Part[]): oas32.ParameterObject[] {
  const all = parts.flatMap(part => (part.operation.parameters ?? []).map(parameter => ({ part, parameter })))
  const groups = Map.groupBy(all, ({ parameter }) => `${parameter.in} ${parameter.name}`)
  return [...groups.values()].flatMap(group => {
    const [first] = group
    if (!first) return []
    const schemas = distinct(group.flatMap(({ parameter }) => parameter.schema ?? []))
    const inAll = group.length === parts.length
    const only = inAll ? [] : [`Only for ${group.map(({ part }) => `\`${nameOf(part)}\``).join(', ')}.`]
    return {
      ...first.parameter,
      required: inAll && group.every(({ parameter }) => parameter.required),
      ...(only.length > 0 && {
        description: [first.parameter.description, ...only].filter(Boolean).join('. '),
      }),
      schema: schemas.length === 1 && schemas[0] !== undefined ? schemas[0] : { anyOf: schemas },
    }
  })
}

function mergeBodies(parts: readonly Part[]): oas32.RequestBodyObject | undefined {
  const bodies = parts.flatMap(part => {
    const body = part.operation.requestBody
    return body ? [{ part, body }] : []
  })
  if (bodies.length === 0) return undefined
  return {
    required: bodies.length === parts.length && bodies.every(({ body }) => body.required),
    content: mergeContent(bodies.map(({ part, body }) => ({ part, content: body.content as Content }))),
  }
}

function mergeResponses(parts: readonly Part[]): Record<string, oas32.ResponseObject> {
  const all = parts.flatMap(part =>
    Object.entries(part.operation.responses ?? {}).map(([status, response]) => ({ part, status, response })),
  )
  const groups = Map.groupBy(all, ({ status }) => status)
  const merged = [...groups].map(([status, group]) => {
    const contents = group.map(({ part, response }) => ({
      part,
      content: (response.content ?? {}) as Content,
    }))
    const content = mergeContent(contents)
    return [
      status,
      {
        description: distinct(group.map(({ response }) => response.description)).join(' / '),
        headers: Object.assign({}, ...group.map(({ response }) => response.headers)),
        ...(Object.keys(content).length > 0 && { content }),
      },
    ]
  })
  return Object.fromEntries(merged)
}

function mergeContent(contents: { part: Part; content: Content }[]): Content {
  const all = contents.flatMap(({ part, content }) =>
    Object.entries(content).map(([type, media]) => ({ type, part, schema: media.schema ?? {} })),
  )
  const groups = Map.groupBy(all, ({ type }) => type)
  return Object.fromEntries([...groups].map(([type, group]) => [type, { schema: oneOf(group) }]))
}

function oneOf(named: Named[]): Schema {
  const schemas = distinct(named.map(({ schema }) => schema))
  if (schemas.length === 1 && schemas[0] !== undefined) return schemas[0]
  const titled = schemas.map(schema => {
    const owners = named.filter(candidate => isDeepStrictEqual(candidate.schema, schema))
    const title = owners.map(({ part }) => nameOf(part)).join(', ')
    return { title, ...(schema as oas32.SchemaObjectValue) }
  })
  return { oneOf: titled }
}

function nameOf({ contract }: Part): string {
  return contract.action ?? contract.id
}

function distinct<T>(values: T[]): T[] {
  return values.filter(
    (value, index) => values.findIndex(earlier => isDeepStrictEqual(earlier, value)) === index,
  )
}
