import { createHash } from 'node:crypto'
import type { Binary } from 'mongodb'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { EMBEDDING_BATCH, EMBEDDING_DIMENSIONS, embed, embeddingModelOf, unitVector } from '../../ai/embed.ts'
import { providerOf } from '../../ai/providers.ts'
import { config } from '../../config.ts'
import { removeChunks, storeChunks } from './chunk-store.ts'
import { type Leased, whileLeased } from './lease.ts'
import { OutOfTime, type Run, spend, timeLeft } from './run.ts'

/** Batches that are with the provider at the same time. */
const BATCHES_AT_ONCE = 2
/**
 * Most bytes, as UTF-8, of a batch. OpenAI takes 300,000 tokens in a request and no token is less than a byte;
 * the rest is for texts that masking makes longer.
 */
const MAX_BATCH_BYTES = 240_000

type Batch = { from: number; texts: string[]; vectors: Float32Array[] }

/**
 * Embeds a file's passages and stores them, batch by batch; those that an earlier run stored are kept. Resolves
 * to the file's own vector: the direction its passages have in common, empty without passages.
 * @throws LeaseLost, OutOfTime, AppError `provider_error`, `provider_timeout`; NotConfigured
 */
export async function storePassages(run: Run, passages: string[]): Promise<number[]> {
  const done = await beginAt(run.file, passages)
  const sum = await sumOfStored(run.file, done)
  for await (const { from, texts, vectors } of embedded(run, passages, done)) {
    const chunksDone = from + texts.length
    await whileLeased(run.file, { chunksDone, attempts: 0 }, session =>
      storeChunks(session, run.file, from, texts, vectors),
    )
    run.gotFurther = true
    for (const vector of vectors) addTo(sum, vector)
  }
  return passages.length === 0 ? [] : Array.from(unitVector(sum))
}

/** How many passages are stored already. If the file is cut otherwise by now, it begins anew. */
async function beginAt(file: Leased, passages: string[]): Promise<number> {
  const passagesHash = fingerprintOf(passages)
  if (passagesHash === file.passagesHash) return file.chunksDone
  const beginning = { chunks: passages.length, chunksDone: 0, passagesHash }
  await whileLeased(file, beginning, session => removeChunks(session, file))
  return 0
}

/** Vectors of different models, or of masked texts and others, are not to be compared: these belong to it. */
function fingerprintOf(passages: string[]): string {
  const model = embeddingModelOf(providerOf('openai'))
  return createHash('sha256')
    .update(JSON.stringify([model, config().PII_MASKING, passages]))
    .digest('hex')
}

async function sumOfStored({ fileId, clerkId }: Leased, count: number): Promise<Float32Array> {
  const sum = new Float32Array(EMBEDDING_DIMENSIONS)
  if (count === 0) return sum
  const stored = KnowledgeChunk.find({ clerkId, fileId, index: { $lt: count } }, { vector: 1 }).lean()
  for await (const { vector } of stored.cursor({ batchSize: 100 }))
    addTo(sum, (vector as Binary).toFloat32Array())
  return sum
}

/** The batches in order. After the run's time those under way are still given. @throws OutOfTime */
async function* embedded(run: Run, passages: string[], done: number): AsyncGenerator<Batch> {
  const underWay: Promise<Batch>[] = []
  let next = done
  try {
    while (next < passages.length || underWay.length > 0) {
      while (next < passages.length && underWay.length < BATCHES_AT_ONCE && timeLeft(run) > 0) {
        const texts = batchAt(passages, next)
        const batch = embedBatch(run, next, texts)
        // Its failure is told when its turn comes.
        batch.catch(() => {})
        underWay.push(batch)
        next += texts.length
      }
      const first = underWay.shift()
      if (!first) throw new OutOfTime()
      yield await first
    }
  } finally {
    await Promise.allSettled(underWay)
  }
}

/** As many passages as fit one request, at least one. */
function batchAt(passages: string[], from: number): string[] {
  const texts = passages.slice(from, from + EMBEDDING_BATCH)
  let bytes = 0
  const surplus = texts.findIndex(text => {
    bytes += Buffer.byteLength(text)
    return bytes > MAX_BATCH_BYTES
  })
  return surplus === -1 ? texts : texts.slice(0, Math.max(1, surplus))
}

async function embedBatch(run: Run, from: number, texts: string[]): Promise<Batch> {
  const { vectors, promptTokens, costUsd } = await embed(providerOf('openai'), texts)
  spend(run, { promptTokens, completionTokens: 0, costUsd })
  return { from, texts, vectors }
}

function addTo(sum: Float32Array, vector: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0)
}
