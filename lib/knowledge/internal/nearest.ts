import type { Binary } from 'mongodb'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'

export type Scored = { id: string; score: number }

type Scope = { clerkId: { $in: (string | null)[] }; fileId?: { $in: string[] } }

/** The `topK` passages of a scope nearest to a unit vector, best first. Memory stays bounded: passages stream by. */
export async function nearest(
  scope: Scope,
  query: Float32Array,
  topK: number,
  minScore: number,
): Promise<Scored[]> {
  const best: Scored[] = []
  const cursor = KnowledgeChunk.find(scope, { vector: 1 }).lean().cursor({ batchSize: 500 })
  for await (const { _id, vector } of cursor) {
    const score = dot(query, (vector as Binary).toFloat32Array())
    if (score < minScore || (best.length === topK && score <= (best.at(-1)?.score ?? 0))) continue
    const position = best.findIndex(other => other.score < score)
    best.splice(position === -1 ? best.length : position, 0, { id: _id.toHexString(), score })
    if (best.length > topK) best.pop()
  }
  return best
}

/** The cosine, both vectors being of length 1. */
function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
