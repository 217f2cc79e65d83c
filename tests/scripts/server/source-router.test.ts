import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Router } from '../../../scripts/server/router.ts'
import { sourceRouter } from '../../../scripts/server/source-router.ts'

const files = [
  'health.ts',
  'not-found.ts',
  'files/index.ts',
  'files/search.ts',
  'files/[id]/index.ts',
  'files/[id]/content.ts',
  'a/[one]/b/[two].ts',
  '_private.ts',
  '_lib/helper.ts',
  '.hidden.ts',
  'types.d.ts',
  'readme.md',
]

let root: string
let router: Router

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'source-router-'))
  for (const file of files) {
    const path = join(root, 'api', file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `export const GET = async () => new Response(${JSON.stringify(file)})`)
  }
  router = await sourceRouter(root)
})
afterAll(() => rm(root, { recursive: true }))

/** The file that answers a path, and the query its function sees. */
async function seen(path: string) {
  const target = await router.resolve(new URL(path, 'http://127.0.0.1'))
  if (!target) return null
  const { GET } = await target.load()
  const response = await GET?.(new Request(target.url))
  return { file: await response?.text(), query: Object.fromEntries(target.url.searchParams) }
}

describe('a path', () => {
  it.each([
    ['/api/health', 'health.ts'],
    ['/api/files', 'files/index.ts'],
    ['/api/files/search', 'files/search.ts'],
    ['/api/health?x=1', 'health.ts'],
  ])('%s is answered by its file', async (path, file) => {
    expect(await seen(path)).toMatchObject({ file })
  })

  it.each([
    ['/api/files/abc', 'files/[id]/index.ts', { id: 'abc' }],
    ['/api/files/abc/content', 'files/[id]/content.ts', { id: 'abc' }],
    ['/api/a/1/b/2', 'a/[one]/b/[two].ts', { one: '1', two: '2' }],
    ['/api/files/abc?limit=5', 'files/[id]/index.ts', { id: 'abc', limit: '5' }],
    ['/api/files/abc?id=forged', 'files/[id]/index.ts', { id: 'abc' }],
  ])('%s brings its parameters in the query, as the platform does', async (path, file, query) => {
    expect(await seen(path)).toEqual({ file, query })
  })

  it('keeps what it was, for handlers that read it', async () => {
    const target = await router.resolve(new URL('http://127.0.0.1/api/files/a%20b?x=%2F'))
    expect(target?.url.pathname).toBe('/api/files/a%20b')
  })

  it.each([
    '/api/nowhere',
    '/api/',
    '/api/files/',
    '/api/files/abc/',
    '/api/files/abc/def',
    '/api/files/abc/content/more',
    '/api/healthy',
    '/api/health.ts',
    '/api/_private',
    '/api/_lib/helper',
    '/api/.hidden',
    '/api/types.d',
    '/api/types',
    '/api//health',
    '/api/not-found',
  ])('%s is answered by the catch-all', async path => {
    expect(await seen(path)).toMatchObject({ file: 'not-found.ts' })
  })

  it.each(['/', '/health', '/apihealth', '/api', '/files/abc', '/package.json'])(
    '%s is no business of the API',
    async path => {
      expect(await seen(path)).toBeNull()
    },
  )
})
