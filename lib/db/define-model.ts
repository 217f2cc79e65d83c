import mongoose, { type InferSchemaType, type Model, type Schema } from 'mongoose'
import { tenantGuard } from './tenant-guard.ts'

/** Every model this code declares, by name: what the index tool and the retention tests walk. */
export const declaredModels = new Map<string, Model<unknown>>()

type ModelOptions = {
  /** Whether documents belong to a tenant; such a model refuses queries that do not name one. */
  owned: boolean
}

/** Registers a model once, however often its module is evaluated. */
export function defineModel<S extends Schema>(
  name: string,
  schema: S,
  { owned }: ModelOptions,
): Model<InferSchemaType<S>> {
  const existing = mongoose.models[name] as Model<InferSchemaType<S>> | undefined
  if (!existing && owned) schema.plugin(tenantGuard as never)
  const model = existing ?? mongoose.model<InferSchemaType<S>>(name, schema as never)
  declaredModels.set(name, model as unknown as Model<unknown>)
  return model
}
