import { InvalidInput } from '../errors.ts'
import { PROVIDER_NAMES, type ProviderName } from './providers.ts'

/** Whom a model's name means, and whether it is to answer from the caller's files. */
export type ModelChoice = { provider: ProviderName; model: string; knowledge: boolean }

const DEFAULT_PROVIDER: ProviderName = 'openai'
export const KNOWLEDGE_PREFIX = 'knowledge/'

/**
 * Reads `model`, `provider/model`, or either behind `knowledge/`. Models may hold slashes themselves: only the
 * name of a provider is cut off. @throws InvalidInput when nothing is left of the name
 */
export function resolveModel(name: string): ModelChoice {
  const knowledge = name.startsWith(KNOWLEDGE_PREFIX)
  const rest = knowledge ? name.slice(KNOWLEDGE_PREFIX.length) : name
  const named = PROVIDER_NAMES.find(provider => rest.startsWith(`${provider}/`))
  const model = named ? rest.slice(named.length + 1) : rest
  if (model === '') throw new InvalidInput([{ path: 'model', message: 'Names no model' }])
  return { provider: named ?? DEFAULT_PROVIDER, model, knowledge }
}

/** The name that `resolveModel` reads as this model. */
export function modelName(provider: ProviderName, model: string): string {
  return provider === DEFAULT_PROVIDER && !isPrefixed(model) ? model : `${provider}/${model}`
}

function isPrefixed(model: string): boolean {
  return [KNOWLEDGE_PREFIX, ...PROVIDER_NAMES.map(name => `${name}/`)].some(prefix =>
    model.startsWith(prefix),
  )
}
