import { z } from 'zod'

/** What Atlas says of a search it does not run. */
export class Refusal extends Error {}

/** An Atlas Vector Search index, as in atlas/vector-index.json. */
export const indexDefinition = z.strictObject({
  database: z.string(),
  collectionName: z.string(),
  name: z.string(),
  type: z.literal('vectorSearch'),
  fields: z.array(
    z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('vector'),
        path: z.string(),
        numDimensions: z.number().int().max(8192),
        similarity: z.enum(['cosine', 'dotProduct']),
      }),
      z.strictObject({ type: z.literal('filter'), path: z.string() }),
    ]),
  ),
})
export type IndexDefinition = z.infer<typeof indexDefinition>

const MAX_CANDIDATES = 10_000

/** The fields of `$vectorSearch` and their bounds, as its documentation tells them. */
const stage = z
  .strictObject({
    index: z.string().min(1),
    path: z.string().min(1),
    queryVector: z.array(z.number()).min(1),
    limit: z.int().min(1),
    numCandidates: z.int().min(1).max(MAX_CANDIDATES).optional(),
    exact: z.boolean().optional(),
    filter: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(({ exact, numCandidates }) => exact || numCandidates !== undefined, {
    message: 'numCandidates is required for approximate vector search',
  })
  .refine(({ exact, numCandidates }) => !exact || numCandidates === undefined, {
    message: 'numCandidates must be omitted for exact vector search',
  })
  .refine(({ limit, numCandidates }) => numCandidates === undefined || limit <= numCandidates, {
    message: 'limit should be less than or equal to numCandidates',
  })
export type VectorSearch = z.infer<typeof stage>

/** @throws Refusal of a stage that breaks the documented contract */
export function parseStage(value: unknown): VectorSearch {
  const parsed = stage.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Refusal(`"${issue?.path.join('.')}" ${issue?.message}`)
}

/** @throws Refusal of a search that the index does not serve */
export function checkAgainst({ fields }: IndexDefinition, { path, queryVector, filter }: VectorSearch): void {
  const field = fields.find(candidate => candidate.path === path)
  if (field?.type !== 'vector') throw new Refusal(`${path} is not indexed as a vector field`)
  if (queryVector.length !== field.numDimensions) {
    throw new Refusal(
      `vector field is indexed with ${field.numDimensions} dimensions but queried with ${queryVector.length}`,
    )
  }
  const filterable = fields.filter(({ type }) => type === 'filter').map(candidate => candidate.path)
  if (filter) checkFilter(filter, filterable)
}

const CONNECTIVES = ['$and', '$or', '$nor']

function checkFilter(filter: unknown, filterable: string[]): void {
  if (!isDocument(filter)) throw new Refusal('filter must be a document')
  for (const [key, value] of Object.entries(filter)) {
    if (CONNECTIVES.includes(key)) {
      if (!Array.isArray(value) || value.length === 0) throw new Refusal(`"${key}" cannot be empty`)
      for (const clause of value) checkFilter(clause, filterable)
      continue
    }
    if (!filterable.includes(key)) throw new Refusal(`Path '${key}' needs to be indexed as filter`)
    checkCondition(value)
  }
}

const COMPARISONS = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte']
const LISTS = ['$in', '$nin']

function checkCondition(condition: unknown): void {
  if (!isDocument(condition)) return void typeOf(condition)
  for (const [operator, value] of Object.entries(condition)) {
    if (operator === '$not') checkCondition(value)
    else if (LISTS.includes(operator)) checkList(operator, value)
    else if (COMPARISONS.includes(operator)) typeOf(value)
    else if (operator !== '$exists') throw new Refusal(`unrecognized field "${operator}"`)
  }
}

function checkList(operator: string, value: unknown): void {
  if (!Array.isArray(value) || value.length === 0) throw new Refusal(`"${operator}" cannot be empty`)
  const types = new Set(value.map(typeOf))
  if (types.has('null')) throw new Refusal(`"${operator}" must not hold null`)
  if (types.size > 1) throw new Refusal(`"${operator}" must have elements of the same type`)
}

function isDocument(value: unknown): value is Record<string, unknown> {
  return value?.constructor === Object
}

/** The type of a value that a filter may compare with. */
function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (['string', 'number', 'boolean'].includes(typeof value)) return typeof value
  if (value instanceof Date) return 'date'
  const type = isBson(value) ? value._bsontype : undefined
  if (type === 'ObjectId' || type === 'UUID') return type
  throw new Refusal('expected boolean, objectId, number, string, date, uuid, or null')
}

function isBson(value: unknown): value is { _bsontype: string } {
  return typeof value === 'object' && value !== null && '_bsontype' in value
}
