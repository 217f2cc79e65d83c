import type { Aggregate, MongooseBulkWriteOptions, PipelineStage, Query, Schema } from 'mongoose'

declare module 'mongoose' {
  interface QueryOptions {
    acrossTenants?: boolean
  }
  interface AggregateOptions {
    acrossTenants?: boolean
  }
}

const GUARDED_QUERIES = [
  'find',
  'findOne',
  'findOneAndUpdate',
  'findOneAndReplace',
  'findOneAndDelete',
  'updateOne',
  'updateMany',
  'replaceOne',
  'deleteOne',
  'deleteMany',
  'countDocuments',
  'distinct',
] as const

/** Pass to a query that webhooks, cron or an admin must run over all tenants. Greppable on purpose. */
export const ACROSS_TENANTS = { acrossTenants: true } as const

/** A query on a tenant's model was about to run without naming the tenant: a bug, caught before the database. */
export class TenantGuardError extends Error {
  constructor(model: string, operation: string) {
    super(`${model}.${operation} names no tenant: filter by clerkId or pass ACROSS_TENANTS`)
    this.name = 'TenantGuardError'
  }
}

/**
 * Schema plugin for models a tenant owns. Refuses each query, update and aggregation whose filter does not
 * name the tenants it may touch: `clerkId` as a string, null, or `$in` a list of these. An aggregation must
 * do so in its first stage, a `$match` or a `$vectorSearch`, and reach no other collection. The filter of a
 * vector search, whose `$in` takes no null, may instead be an `$or` each side of which names a tenant. A new
 * document must name its tenant, or say null, unless its schema gives `clerkId` a default.
 * @throws TenantGuardError from the guarded operation.
 */
export function tenantGuard(schema: Schema): void {
  schema.pre([...GUARDED_QUERIES], function (this: Query<unknown, unknown>) {
    if (this.getOptions().acrossTenants || namesTenant(this.getFilter())) return
    throw new TenantGuardError(this.model.modelName, operationOf(this))
  })
  schema.pre('estimatedDocumentCount', function (this: Query<unknown, unknown>) {
    if (this.getOptions().acrossTenants) return
    throw new TenantGuardError(this.model.modelName, 'estimatedDocumentCount')
  })
  schema.pre('aggregate', function (this: Aggregate<unknown>) {
    if (this.options.acrossTenants || staysWithinTenant(this.pipeline())) return
    throw new TenantGuardError(this.model().modelName, 'aggregate')
  })
  const mayBeUnnamed = schema.path('clerkId')?.options.default !== undefined
  schema.pre('save', function () {
    if (mayBeUnnamed || isOwner(this.get('clerkId'))) return
    throw new TenantGuardError((this.constructor as { modelName?: string }).modelName ?? '', 'save')
  })
  schema.pre('insertMany', function (documents) {
    if (mayBeUnnamed || [documents].flat().every(document => isOwner(document?.clerkId))) return
    throw new TenantGuardError(this.modelName, 'insertMany')
  })
  schema.pre(
    'bulkWrite',
    function (operations, options?: MongooseBulkWriteOptions & { acrossTenants?: boolean }) {
      if (options?.acrossTenants || operations.every(writesWithinTenant)) return
      throw new TenantGuardError(this.modelName, 'bulkWrite')
    },
  )
}

function namesTenant(filter: Record<string, unknown>): boolean {
  const owner = filter.clerkId
  if (isOwner(owner)) return true
  if (typeof owner !== 'object' || owner === null) return false
  const { $in, ...others } = owner as { $in?: unknown }
  return Array.isArray($in) && $in.every(isOwner) && Object.keys(others).length === 0
}

/** Stages that reach collections beside the model's own, where no filter of ours applies. */
const REACHING_STAGES = ['$lookup', '$graphLookup', '$unionWith', '$out', '$merge']

function staysWithinTenant(pipeline: PipelineStage[]): boolean {
  const [first] = pipeline
  return first !== undefined && startsWithinTenant(first) && !pipeline.some(reachesOut)
}

function startsWithinTenant(stage: PipelineStage): boolean {
  if ('$match' in stage) return namesTenant(stage.$match)
  if (!('$vectorSearch' in stage)) return false
  const filter: Record<string, unknown> = stage.$vectorSearch.filter ?? {}
  return namesTenant(filter) || (isFullList(filter.$or) && filter.$or.every(namesTenant))
}

function isFullList(value: unknown): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.length > 0
}

function reachesOut(stage: object): boolean {
  return Object.entries(stage).some(
    ([name, argument]) =>
      REACHING_STAGES.includes(name) ||
      (name === '$facet' &&
        Object.values(argument as Record<string, object[]>)
          .flat()
          .some(reachesOut)),
  )
}

function isOwner(value: unknown): boolean {
  return value === null || (typeof value === 'string' && value !== '')
}

function writesWithinTenant(operation: object): boolean {
  const [name, argument] = Object.entries(operation)[0] ?? []
  if (name === 'insertOne') return isOwner(argument?.document?.clerkId)
  return namesTenant(argument?.filter ?? {})
}

function operationOf(query: Query<unknown, unknown>): string {
  return (query as unknown as { op?: string }).op ?? 'query'
}
