import type { Model } from 'mongoose'
import { declaredModels } from './define-model.ts'

/** What became of one declared or found index. */
export type IndexFinding = {
  collection: string
  index: string
  state: 'created' | 'differs' | 'undeclared'
}

/**
 * Creates every declared index that is missing. One that exists with other options, or that nobody declares,
 * is reported and left alone: dropping it is a person's decision. Running it again changes nothing.
 */
export async function syncIndexes(): Promise<IndexFinding[]> {
  const findings: IndexFinding[] = []
  for (const model of declaredModels.values()) findings.push(...(await syncModel(model)))
  return findings
}

async function syncModel(model: Model<unknown>): Promise<IndexFinding[]> {
  const { collection } = model
  const existing = await indexKeys(model)
  const { toDrop, toCreate } = (await model.diffIndexes({ indexOptionsToCreate: true } as never)) as {
    toDrop: string[]
    toCreate: [Keys, object][]
  }
  const rivalOf = (keys: Keys) => toDrop.find(name => existing.get(name) === signature(keys))
  const missing = toCreate.filter(([keys]) => rivalOf(keys) === undefined)
  const differing = toCreate.filter(([keys]) => rivalOf(keys) !== undefined)
  const rivals = differing.map(([keys]) => rivalOf(keys))
  if (missing.length > 0)
    await collection.createIndexes(missing.map(([key, options]) => ({ ...options, key })))
  const finding = (index: string, state: IndexFinding['state']) => ({
    collection: collection.collectionName,
    index,
    state,
  })
  return [
    ...missing.map(([keys]) => finding(signature(keys), 'created')),
    ...differing.map(([keys]) => finding(signature(keys), 'differs')),
    ...toDrop.filter(name => !rivals.includes(name)).map(name => finding(name, 'undeclared')),
  ]
}

type Keys = Record<string, 1 | -1>

async function indexKeys(model: Model<unknown>): Promise<Map<string, string>> {
  const names = await model.db.listCollections()
  if (!names.some(({ name }) => name === model.collection.collectionName)) await model.createCollection()
  const found = await model.listIndexes()
  return new Map(found.map(({ name, key }) => [String(name), signature(key as Keys)]))
}

function signature(keys: Keys): string {
  return Object.entries(keys)
    .map(([field, direction]) => `${field}:${direction}`)
    .join(' ')
}
