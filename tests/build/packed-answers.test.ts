import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ApiProcess, startApi } from '../../scripts/dev/api-process.ts'
import { type Stack, startStack } from '../../scripts/dev/stack.ts'
import { listRoutes } from '../../scripts/lib/routes.ts'
import { freePort } from '../../scripts/mongo/ports.ts'
import { cleanEnvironment, root } from '../helpers/run-script.ts'
import { documents, expectFound, upload } from './documents.ts'
import { newUser, signUp } from './new-user.ts'
import { packedOutput } from './packed-build.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
const ID = '507f1f77bcf86cd799439011'

const routePaths = (await listRoutes(join(root, 'api'))).map(({ pattern }) => pattern.replace(/\{\w+\}/g, ID))
const otherPaths = [
  '/api/nope',
  '/api/app',
  '/api/not-found',
  '/api/health/deeper',
  `/api/files/${ID}/nope`,
  `/api/admin/contacts/${ID}/deeper`,
  `/api/files/%5Bid%5D`,
  '/nope',
]

let packed: Stack
/** Over the same database. */
let source: ApiProcess

beforeAll(async () => {
  packed = await startStack({ port: await freePort(), built: packedOutput, onProgress: () => {} })
  const { url, mongodbUri, services } = packed
  const settings = {
    MONGODB_URI: mongodbUri,
    ALLOWED_ORIGINS: url,
    PUBLIC_URL: url,
    LOG_LEVEL: 'warn',
    PORT: '0',
  }
  source = await startApi({ environment: { ...cleanEnvironment(), ...services.environment, ...settings } })
}, 60_000)

afterAll(async () => {
  await source?.stop()
  await packed?.stop()
})

it.each([...routePaths, ...otherPaths])('%s answers each method as it does from the source', async path => {
  const answers = async (base: string) => {
    const Authorization = `Bearer ${await signUp(packed)}`
    const told: Record<string, unknown> = {}
    for (const method of METHODS) {
      told[`${method}, nobody`] = await outline(base + path, { method })
      told[`${method}, somebody`] = await outline(base + path, { method, headers: { Authorization } })
    }
    return told
  }
  expect(await answers(packed.url)).toEqual(await answers(source.url))
})

it.each(documents)('a %s becomes searchable', async (type, bytes) => {
  const user = await newUser(packed)
  await expectFound(user, await upload(user, type, bytes))
})

/** What must not differ between two databases. */
async function outline(url: string, request: RequestInit) {
  const response = await fetch(url, request)
  const text = await response.text()
  const type = response.headers.get('content-type')
  const code = type?.includes('problem') && text !== '' ? JSON.parse(text).code : undefined
  return { status: response.status, type, code, allow: response.headers.get('allow') }
}
