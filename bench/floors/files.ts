import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GridFSBucket, MongoClient, ObjectId } from 'mongodb'
import { serve } from './serve.ts'

/**
 * The driver's own GridFS streams, at `CHUNK_BYTES` and majority. `PUT /memory` stores `FILE_BYTES` from memory and
 * `POST /memory/<id>` reads a file to its end: nothing but the driver. `PUT /http` and `GET /http/<id>` pipe it from
 * and to the client. `DELETE /<id>` removes it.
 */
const MiB = 1024 * 1024
const client = await MongoClient.connect(process.env.MONGODB_URI ?? '', { maxPoolSize: 20, minPoolSize: 1 })
const bucket = new GridFSBucket(client.db(), {
  bucketName: 'files',
  chunkSizeBytes: Number(process.env.CHUNK_BYTES),
  writeConcern: { w: 'majority' },
})
const pieces = Array.from({ length: Number(process.env.FILE_BYTES) / MiB }, () => randomBytes(MiB))

await serve(async (request, response) => {
  const [, source = '', id = ''] = (request.url ?? '').split('/')
  if (request.method === 'PUT') return response.end(await store(source === 'memory' ? pieces : request))
  if (request.method === 'DELETE') await bucket.delete(new ObjectId(source))
  else if (source === 'http') return send(id, response)
  else for await (const _ of bucket.openDownloadStream(new ObjectId(id)));
  response.end()
})

function send(id: string, response: ServerResponse) {
  response.setHeader('Content-Length', Number(process.env.FILE_BYTES))
  bucket.openDownloadStream(new ObjectId(id)).pipe(response)
}

async function store(source: Buffer[] | IncomingMessage): Promise<string> {
  const upload = bucket.openUploadStream('bench.bin')
  await pipeline(Readable.from(source), upload)
  return upload.id.toHexString()
}
