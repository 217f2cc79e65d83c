import { Binary } from 'mongodb'
import { type ClientSession, Types } from 'mongoose'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeCodes } from '../../../models/knowledge-codes.ts'
import { encode } from './codes.ts'

type ChunksOf = { fileId: string; clerkId: string | null }

/**
 * Stores passages of a file from a position on, each with its unit vector, and the codes that search scans.
 * What lies at these positions is replaced. Codes are kept run by run: the runs of one ingestion must not
 * overlap, and what an earlier one left and the new one will not replace is to be removed.
 */
export async function storeChunks(
  session: ClientSession,
  { fileId, clerkId }: ChunksOf,
  from: number,
  texts: readonly string[],
  vectors: readonly Float32Array[],
): Promise<void> {
  if (texts.length !== vectors.length) throw new Error('each passage needs its vector')
  if (texts.length === 0) return
  const replaced = { $gte: from, $lt: from + texts.length }
  await KnowledgeChunk.deleteMany({ clerkId, fileId, index: replaced }, { session })
  await KnowledgeCodes.deleteMany({ clerkId, fileId, from: replaced }, { session })
  const passages = vectors.map((vector, offset) => ({
    id: new Types.ObjectId(),
    index: from + offset,
    text: texts[offset],
    vector,
  }))
  const chunks = passages.map(({ id, vector, ...passage }) => ({
    ...passage,
    _id: id,
    fileId,
    clerkId,
    vector: Binary.fromFloat32Array(vector),
  }))
  await KnowledgeChunk.insertMany(chunks, { session, ordered: false })
  const codes = new Binary(encode(passages.map(({ id, vector }) => ({ id: id.id, vector }))))
  await KnowledgeCodes.insertMany([{ fileId, clerkId, from, codes, bits: 8 }], { session })
}

/** Removes a file's passages with their codes: all of them, or those from the start of a run on. */
export async function removeChunks(
  session: ClientSession,
  { fileId, clerkId }: ChunksOf,
  from = 0,
): Promise<void> {
  await KnowledgeChunk.deleteMany({ clerkId, fileId, index: { $gte: from } }, { session })
  await KnowledgeCodes.deleteMany({ clerkId, fileId, from: { $gte: from } }, { session })
}
