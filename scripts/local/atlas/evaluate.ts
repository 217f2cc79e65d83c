import type { Binary, Db, Document } from 'mongodb'
import { checkAgainst, type IndexDefinition, parseStage, Refusal, type VectorSearch } from './stage.ts'
import type { Command } from './wire.ts'

/** How finely an index tells scores apart, by how many candidates it looks at. */
export type Fineness = (numCandidates: number | undefined) => number

/** What such an aggregation finds, its nearest first as far as the index tells them apart. @throws Refusal */
export async function evaluate(
  db: Db,
  definition: IndexDefinition,
  command: Command,
  stepOf: Fineness,
): Promise<Document[]> {
  checkConcerns(command)
  const [first, ...later] = command.pipeline as Document[]
  const search = parseStage(first?.$vectorSearch)
  // Atlas finds nothing, rather than fail, where the index does not exist.
  if (search.index !== definition.name || command.aggregate !== definition.collectionName) return []
  checkAgainst(definition, search)
  const found = await nearest(db.collection(definition.collectionName), search, stepOf)
  return later.reduce(project, found)
}

/** The stage runs at read concern "local" only, and in no transaction. @throws Refusal */
function checkConcerns({ readConcern, startTransaction, txnNumber }: Command): void {
  const level = (readConcern as { level?: string } | undefined)?.level ?? 'local'
  if (level !== 'local')
    throw new Refusal(`Aggregation stage $vectorSearch cannot run with a readConcern ${level}`)
  if (startTransaction || txnNumber !== undefined)
    throw new Refusal('$vectorSearch cannot be used in a transaction')
}

/** Compares every document that the filter lets through; of scores less than a step apart the larger may come last. */
async function nearest(
  collection: ReturnType<Db['collection']>,
  { path, queryVector, limit, numCandidates, filter = {} }: VectorSearch,
  stepOf: Fineness,
): Promise<Document[]> {
  const scored: { document: Document; score: number }[] = []
  for await (const document of collection.find(filter)) {
    const vector = (document[path] as Binary).toFloat32Array()
    scored.push({ document, score: vector.reduce((sum, value, i) => sum + value * (queryVector[i] ?? 0), 0) })
  }
  const step = stepOf(numCandidates)
  const seen = (score: number) => (step === 0 ? score : Math.round(score / step))
  return scored
    .sort((a, b) => seen(b.score) - seen(a.score) || (step === 0 ? 0 : a.score - b.score))
    .slice(0, limit)
    .map(({ document }) => document)
}

/** The one later stage known here: `$project` of fields as they are. */
function project(documents: Document[], stage: Document): Document[] {
  const fields = Object.entries(stage.$project ?? {})
  if (fields.length === 0 || fields.some(([, shown]) => shown !== 1))
    throw new Refusal('this stand-in knows no stage but a plain $project')
  const names = ['_id', ...fields.map(([name]) => name)]
  return documents.map(document => Object.fromEntries(names.map(name => [name, document[name]])))
}
