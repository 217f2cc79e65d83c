import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { MongoClient, ObjectId } from 'mongodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clientOf, type Send } from '../../scripts/demo/client.ts'
import { type Stack, startStack } from '../../scripts/dev/stack.ts'
import { freePort } from '../../scripts/mongo/ports.ts'
import { root, runScript } from '../helpers/run-script.ts'
import { documents, expectFound, upload } from './documents.ts'
import { newUser } from './new-user.ts'

const output = join(root, '.vercel', 'output')
const functions = join(output, 'functions', 'api')
const EXTRACT = 'lib/knowledge/internal/extract/extract-text.js'

describe('each function that ingests carries the process that reads, and all that it loads', () => {
  it.each(['files/index.func', 'files/[id]/index.func', 'cron/daily.func'])('api/%s', async folder => {
    const module = join(functions, folder, EXTRACT)
    await access(module)
    const { code, output: texts } = await runScript('tests/build/extract-with.ts', [module])
    expect(code, texts).toBe(0)
    expect(JSON.parse(texts)).toEqual({
      pdf: 'From a PDF.',
      docx: 'From a document.',
      xlsx: 'Sheet: S\nFrom | And\nFrom: a workbook; And: 1',
      html: 'From a page.',
    })
  })
})

describe('documents become searchable through the built functions', () => {
  let stack: Stack
  let mongo: MongoClient
  let user: Send
  beforeAll(async () => {
    const options = { port: await freePort(), built: output, onProgress: () => {} }
    stack = await startStack(options)
    mongo = await new MongoClient(stack.mongodbUri).connect()
  })
  beforeEach(async () => {
    user = await newUser(stack)
  })
  afterAll(async () => {
    await mongo?.close()
    await stack?.stop()
  })

  it.each(documents)('a %s: after its upload, a retry and the daily work', async (type, bytes) => {
    const id = await upload(user, type, bytes)
    await expectFound(user, id)

    await forget(id, 'failed')
    expect((await user('POST', `/api/files/${id}?action=retry`)).status).toBe(202)
    await expectFound(user, id)

    await forget(id, 'processing')
    const cron = clientOf(stack.url, stack.services.cronSecret)
    expect((await cron('GET', '/api/cron/daily')).body.files).toMatchObject({ resumed: 1, remaining: 0 })
    await expectFound(user, id)
  })

  /** Puts a file back to where it has not been read. */
  async function forget(id: string, status: 'failed' | 'processing'): Promise<void> {
    const fileId = new ObjectId(id)
    await mongo.db().collection('knowledgechunks').deleteMany({ fileId })
    const unread = {
      status,
      embedded: false,
      chunks: 0,
      chunksDone: 0,
      passagesHash: null,
      leaseUntil: null,
      leaseId: null,
    }
    await mongo.db().collection('knowledgefiles').updateOne({ _id: fileId }, { $set: unread })
  }
})
