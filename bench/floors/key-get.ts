import { createHash, timingSafeEqual } from 'node:crypto'
import { MongoClient } from 'mongodb'
import { serve } from './serve.ts'

/** The least that tells who has a key: one indexed read and a SHA-256 on bare `node:http` with the MongoDB driver. */
const client = await MongoClient.connect(process.env.MONGODB_URI ?? '', { maxPoolSize: 20, minPoolSize: 1 })
const keys = client
  .db()
  .collection<{ prefix: string; sha256: Buffer; tenant: string; plan: string }>('apikeys')

await serve(async (request, response) => {
  const key = request.headers.authorization?.replace('Bearer ', '') ?? ''
  const found = await keys.findOne({ prefix: key.slice(0, 20) }, { promoteBuffers: true })
  const isKnown = found && timingSafeEqual(createHash('sha256').update(key).digest(), found.sha256)
  const body = JSON.stringify(isKnown ? { tenant: found.tenant, plan: found.plan } : { error: 'refused' })
  response.writeHead(isKnown ? 200 : 401, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(body)
})
