import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Binary } from 'mongodb'
import { Types } from 'mongoose'
import { encode } from '../../../lib/knowledge/internal/codes.ts'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeCodes } from '../../../models/knowledge-codes.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { randomVector, seeded, vectorNear } from '../../../tests/helpers/vectors.ts'

const PASSAGES_PER_FILE = 500
/** As many as one request for embeddings brings. */
const PASSAGES_PER_RUN = 96
const QUERIES = 60
const WRITE = { writeConcern: { w: 1 } }
const CLUSTERS = 100
/** About as long as the passages that files are cut into. */
const TEXT = 'A passage of a document that somebody wrote down so that others find it. '.repeat(14)

/** A tenant's passages in the database, and the same vectors with queries in files of float32 numbers. */
export type Library = {
  clerkId: string
  fileIds: string[]
  vectorsFile: string
  queriesFile: string
  /** Where among all vectors a passage found lies. */
  positionOf(fileId: string, chunk: number): number
  remove(): Promise<void>
}

/** Half of the vectors and queries have random directions, half lie in clusters. */
export async function storeLibrary(clerkId: string, passages: number): Promise<Library> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-vectors-'))
  const [vectorsFile, queriesFile] = [join(folder, 'vectors.f32'), join(folder, 'queries.f32')]
  const draw = drawing(passages)
  const output = createWriteStream(vectorsFile)
  const fileIds: string[] = []
  for (let from = 0; from < passages; from += PASSAGES_PER_FILE) {
    const vectors = Array.from({ length: Math.min(PASSAGES_PER_FILE, passages - from) }, draw)
    fileIds.push(await storeFile(clerkId, vectors))
    for (const vector of vectors) output.write(bytesOf(vector))
    if (output.writableNeedDrain) await once(output, 'drain')
  }
  output.end()
  await once(output, 'close')
  await writeFile(queriesFile, Buffer.concat(Array.from({ length: QUERIES }, () => bytesOf(draw()))))
  const places = new Map(fileIds.map((fileId, place) => [fileId, place * PASSAGES_PER_FILE]))
  return {
    clerkId,
    fileIds,
    vectorsFile,
    queriesFile,
    positionOf: (fileId, chunk) => (places.get(fileId) ?? Number.NaN) + chunk,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

function drawing(seed: number): () => Float32Array {
  const random = seeded(seed)
  const centres = Array.from({ length: CLUSTERS }, () => randomVector(random))
  let drawn = 0
  return () => {
    const centre = centres[random() % CLUSTERS]
    return centre && drawn++ % 2 === 0 ? vectorNear(centre, 0.5, random) : randomVector(random)
  }
}

/** As ingestion leaves it, by way of the driver alone. */
async function storeFile(clerkId: string, vectors: Float32Array[]): Promise<string> {
  const fileId = new Types.ObjectId()
  const path = fileId.toHexString()
  const made = { path, name: `${path}.txt`, status: 'ready' as const, embedded: true }
  const embedding = Array.from(vectors[0] ?? [])
  await KnowledgeFile.insertMany([{ _id: fileId, clerkId, ...made, embedding, chunks: vectors.length }])
  for (let from = 0; from < vectors.length; from += PASSAGES_PER_RUN) {
    const passages = vectors.slice(from, from + PASSAGES_PER_RUN).map((vector, offset) => ({
      _id: new Types.ObjectId(),
      fileId,
      clerkId,
      index: from + offset,
      text: `${from + offset} ${TEXT}`,
      vector,
    }))
    const codes = new Binary(encode(passages.map(({ _id, vector }) => ({ id: _id.id, vector }))))
    const chunks = passages.map(passage => ({ ...passage, vector: Binary.fromFloat32Array(passage.vector) }))
    await KnowledgeCodes.collection.insertOne({ fileId, clerkId, from, codes, bits: 8 }, WRITE)
    await KnowledgeChunk.collection.insertMany(chunks, { ordered: false, ...WRITE })
  }
  return path
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
