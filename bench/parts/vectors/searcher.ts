import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { connect } from '../../../lib/db/connect.ts'
import { readableBy } from '../../../lib/knowledge/internal/access.ts'
import { nearest } from '../../../lib/knowledge/internal/nearest.ts'
import { serve } from '../../floors/serve.ts'

const DIMENSIONS = 1536
const TOP = 10

/** An instance of the API's search: for each POST of a tenant and a file of queries it searches for all of these. */
await connect()
await serve(async (request, response) => {
  const { clerkId, queriesFile, most } = JSON.parse(await text(request))
  const answers: { ms: number; found: [string, number][] }[] = []
  for (const query of (await queriesIn(queriesFile)).slice(0, most))
    answers.push(await search(clerkId, query))
  response.end(JSON.stringify(answers))
})

async function search(clerkId: string, query: Float32Array) {
  const begun = performance.now()
  const wanted = { tenants: readableBy(clerkId), fileIds: undefined, query, topK: TOP, minScore: -1 }
  const { best } = await nearest(wanted)
  const ms = performance.now() - begun
  return { ms, found: best.map(({ fileId, chunk }): [string, number] => [fileId, chunk]) }
}

async function queriesIn(file: string): Promise<Float32Array[]> {
  const { buffer, byteOffset, byteLength } = await readFile(file)
  const numbers = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))
  const starts = Array.from({ length: numbers.length / DIMENSIONS }, (_, query) => query * DIMENSIONS)
  return starts.map(start => numbers.slice(start, start + DIMENSIONS))
}
