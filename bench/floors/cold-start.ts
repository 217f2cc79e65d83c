import { MongoClient } from 'mongodb'
import { serve } from './serve.ts'

/** The least that can tell whether its database works: bare `node:http` that connects the driver and pings. */
let connecting: Promise<MongoClient> | undefined

await serve(async (_request, response) => {
  connecting ??= MongoClient.connect(process.env.MONGODB_URI ?? '')
  await (await connecting).db().command({ ping: 1 })
  const body = JSON.stringify({ status: 'ok' })
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
})
