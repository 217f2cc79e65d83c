import { beforeAll, describe, expect, it } from 'vitest'
import { KnowledgeFile } from '../../models/knowledge-file.ts'
import { type Answer, expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { misplaced, overfull, typeOf, unreadable } from './hostile/shapes.ts'
import { contracts, databaseHash } from './hostile/stage.ts'
import { ILL_FORMED, isFull, NAUGHTY } from './hostile/strings.ts'

/** An address is signed without asking the bucket. */
Object.assign(process.env, {
  STORAGE_PROVIDER: 's3',
  S3_BUCKET: 'files',
  S3_REGION: 'us-east-1',
  S3_ENDPOINT: 'http://127.0.0.1:9',
  S3_ACCESS_KEY_ID: 'access',
  S3_SECRET_ACCESS_KEY: 'secret',
})

const contract = contracts.find(({ id }) => id === 'presignUpload')
const BASE = { name: 'a.txt', size: 10 }
const step = isFull ? 1 : 25
const texts = NAUGHTY.filter((_, at) => at % step === 0)

let tenant: Tenant
beforeAll(async () => {
  tenant = await freshTenant({ plan: 'enterprise' })
})

function presign(json: unknown): Promise<Answer> {
  return tenant.call('POST', '/api/files?action=presign', { json })
}

describe('a direct upload', () => {
  it('keeps each name, and signs no other address than its own', async () => {
    for (const name of texts) {
      const kept = name
        .normalize('NFC')
        .replace(/\p{Cc}/gu, '')
        .trim()
      const answer = await presign({ ...BASE, name })
      if (kept === '' || name.length > 255) {
        expectProblem(answer, 400, 'invalid_input')
        continue
      }
      expectStatus(answer, 201)
      const { fileId, url } = answer.body
      const { origin, pathname } = new URL(url)
      expect(origin).toBe('http://127.0.0.1:9')
      expect(pathname).toMatch(/^\/files\/uploads\/[0-9a-f]{24}-[A-Za-z0-9._-]{1,100}$/)
      const stored = await KnowledgeFile.findOne({ _id: fileId, clerkId: tenant.clerkId }).lean()
      expect(stored?.name).toBe(kept)
    }
  })

  it('is of a type that is one', async () => {
    for (const mimeType of texts) {
      const answer = await presign({ ...BASE, mimeType })
      if (mimeType.length > 200) expectProblem(answer, 400, 'invalid_input')
      else {
        expectStatus(answer, 201)
        for (const value of Object.values(answer.body.headers)) expect(value).toMatch(/^[\x20-\x7e]*$/)
      }
    }
  })

  it('is refused with text that is none, or a body that cannot be read', async () => {
    if (!contract) throw new Error('no contract')
    const before = await databaseHash()
    for (const text of ILL_FORMED) {
      expectProblem(await presign({ ...BASE, name: text }), 400, 'invalid_input')
      expectProblem(await presign({ ...BASE, mimeType: text }), 400, 'invalid_input')
    }
    for (const sent of [...unreadable(contract, BASE), ...overfull(BASE)]) {
      const headers = { 'Content-Type': typeOf(sent) }
      const body = Buffer.from(sent.body)
      const { status } = await tenant.call('POST', '/api/files?action=presign', { headers, body })
      expect([400, 413, 415], sent.name).toContain(status)
    }
    for (const { name, body } of misplaced(contract, BASE)) {
      if (/"$/.test(name)) continue
      const headers = { 'Content-Type': 'application/json' }
      expectProblem(
        await tenant.call('POST', '/api/files?action=presign', { headers, body }),
        400,
        'invalid_input',
      )
    }
    expect(await databaseHash()).toBe(before)
  })
})
