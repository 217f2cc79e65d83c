import { listProviders } from '../ai/providers.ts'
import { KNOWLEDGE_PREFIX, modelName } from '../ai/resolve-model.ts'
import { AppError } from '../errors.ts'

export type Model = { id: string; object: 'model'; created: number; owned_by: string }

/** The models of each provider that is configured; chat models also as those that answer from knowledge. */
export function listModels(): Model[] {
  return listProviders()
    .filter(({ configured }) => configured)
    .flatMap(({ provider, models, embeddingModels }) => {
      const chat = models.map(model => modelName(provider, model))
      const grounded = chat.map(name => KNOWLEDGE_PREFIX + name)
      const embedding = embeddingModels.map(model => modelName(provider, model))
      return [...chat, ...grounded, ...embedding].map(id => modelOf(id, provider))
    })
}

/** @throws AppError `not_found` for a model that is not listed */
export function getModel(id: string): Model {
  const found = listModels().find(model => model.id === id)
  if (found) return found
  const message = `The model '${id}' is not offered here.`
  throw new AppError('not_found', message, {
    reason: 'model_not_found',
    errors: [{ path: 'model', message }],
  })
}

function modelOf(id: string, owner: string): Model {
  return { id, object: 'model', created: 0, owned_by: owner }
}
