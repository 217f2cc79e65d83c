import { randomUUID } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient, ObjectId } from 'mongodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clientOf, type Send } from '../../scripts/demo/client.ts'
import { type Stack, startStack } from '../../scripts/dev/stack.ts'
import { clerkDelivery, clerkUserData } from '../../scripts/local/clerk/webhooks.ts'
import { freePort } from '../../scripts/mongo/ports.ts'
import { TYPES } from '../helpers/extract.ts'
import { writeDocx, writeXlsx } from '../helpers/office.ts'
import { pageOf, writePdf } from '../helpers/pdf.ts'
import { root, runScript } from '../helpers/run-script.ts'

const functions = join(root, '.vercel', 'output', 'functions', 'api')
const EXTRACT = 'lib/knowledge/internal/extract/extract-text.js'

describe('each function that ingests carries the process that reads, and all that it loads', () => {
  it.each(['files/index.func', 'files/[id]/index.func', 'cron/daily.func'])('api/%s', async folder => {
    const module = join(functions, folder, EXTRACT)
    await access(module)
    const { code, output } = await runScript('tests/build/extract-with.ts', [module])
    expect(code, output).toBe(0)
    expect(JSON.parse(output)).toEqual({
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
    const options = { port: await freePort(), built: true, onProgress: () => {} }
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

  const FACT = 'The lighthouse of Cordouan has 301 steps.'
  const documents: [keyof typeof TYPES, Buffer][] = [
    ['pdf', writePdf([pageOf('Lighthouses'), pageOf(FACT)])],
    ['docx', writeDocx(['Lighthouses', FACT])],
    [
      'xlsx',
      writeXlsx({
        Facts: [
          ['Topic', 'Fact'],
          ['Towers', FACT],
          ['Sea', 'It is deep.'],
        ],
      }),
    ],
    ['html', Buffer.from(`<title>Lighthouses</title><nav>Home</nav><p>${FACT}</p>`)],
  ]

  it.each(documents)('a %s: after its upload, a retry and the daily work', async (type, bytes) => {
    const form = new FormData()
    form.set('file', new Blob([Uint8Array.from(bytes)], { type: TYPES[type] }), `facts.${type}`)
    const uploaded = await user('POST', '/api/files', { body: form })
    expect(uploaded.status, JSON.stringify(uploaded.body)).toBe(201)
    const { id } = uploaded.body
    expect(uploaded.body.mimeType).toBe(TYPES[type])
    await expectFound(id)

    await forget(id, 'failed')
    expect((await user('POST', `/api/files/${id}?action=retry`)).status).toBe(202)
    await expectFound(id)

    await forget(id, 'processing')
    const cron = clientOf(stack.url, stack.services.cronSecret)
    expect((await cron('GET', '/api/cron/daily')).body.files).toMatchObject({ resumed: 1, remaining: 0 })
    await expectFound(id)
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

  async function expectFound(id: string): Promise<void> {
    const file = await settled(id)
    expect(file).toMatchObject({ status: 'ready', error: null, embedded: true })
    const found = await user('POST', '/api/files/search', { json: { query: FACT, fileIds: [id] } })
    expect(found.body.data[0]).toMatchObject({ fileId: id, text: expect.stringContaining(FACT) })
    expect(found.body.data[0].text).not.toContain('Home')
  }

  async function settled(id: string) {
    for (let attempt = 0; attempt < 120; attempt++) {
      const { body } = await user('GET', `/api/files/${id}`)
      if (body.status !== 'processing') return body
      await sleep(250)
    }
    throw new Error('the file is processing still')
  }
})

/** A client that nobody else's requests count against. */
async function newUser({ url, services: { clerk } }: Stack): Promise<Send> {
  if (!clerk) throw new Error('this test signs in through the stand-in')
  const id = `user_${randomUUID().replaceAll('-', '')}`
  const data = clerkUserData({ id, email: `${id}@example.com` })
  const delivery = clerkDelivery(clerk.webhookSecret, { type: 'user.created', data })
  await fetch(`${url}/api/webhooks/clerk`, { method: 'POST', ...delivery })
  return clientOf(url, await clerk.sessionToken(id))
}
