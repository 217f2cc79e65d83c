import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildRouter } from '../../../scripts/server/build-router.ts'
import type { Router } from '../../../scripts/server/router.ts'

/** Routes as the platform's builder writes them for two dynamic files and a catch-all rewrite. */
const routes = [
  { src: '^/old$', status: 308, headers: { Location: '/new' } },
  { handle: 'filesystem' },
  {
    src: '^/api(?:/((?!files/[^/]+$|files/[^/]+/content$).*))$',
    dest: '/api/not-found?path=$1',
    check: true,
  },
  { src: '^/api/files/([^/]+)/content$', dest: '/api/files/[id]/content?id=$1', check: true },
  { src: '^/api/files/([^/]+)$', dest: '/api/files/[id]?id=$1', check: true },
  { src: '^/gone$', status: 410 },
  { handle: 'miss' },
  { src: '^/api/late$', dest: '/api/health', check: true },
]
const functions = [
  'api/health',
  'api/not-found',
  'api/files/index',
  'api/files/[id]',
  'api/files/[id]/content',
]

let output: string
let router: Router

beforeAll(async () => {
  output = await mkdtemp(join(tmpdir(), 'build-router-'))
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(output, path)), { recursive: true })
    await writeFile(join(output, path), text)
  }
  await write('config.json', JSON.stringify({ version: 3, routes }))
  await write('static/index.html', 'static')
  for (const name of functions) {
    await write(`functions/${name}.func/.vc-config.json`, JSON.stringify({ handler: 'out/main.mjs' }))
    await write(
      `functions/${name}.func/out/main.mjs`,
      `export const GET = async () => new Response('${name}')`,
    )
  }
  await write('outside.func/.vc-config.json', JSON.stringify({ handler: 'main.mjs' }))
  router = await buildRouter(output)
})
afterAll(() => rm(output, { recursive: true }))

async function seen(path: string) {
  const target = await router.resolve(new URL(path, 'http://127.0.0.1'))
  if (!target) return null
  const { GET } = await target.load()
  const response = await GET?.(new Request(target.url))
  return {
    name: await response?.text(),
    path: target.url.pathname,
    query: Object.fromEntries(target.url.searchParams),
  }
}

describe('a built path', () => {
  it.each([
    ['/api/health', 'api/health'],
    ['/api/files', 'api/files/index'],
    ['/api/files/index', 'api/files/index'],
  ])('%s is answered by its function before any rewrite', async (path, name) => {
    expect(await seen(path)).toEqual({ name, path, query: {} })
  })

  it.each([
    ['/api/files/abc', 'api/files/[id]', { id: 'abc' }],
    ['/api/files/abc/content', 'api/files/[id]/content', { id: 'abc' }],
    ['/api/files/abc?limit=5&id=forged', 'api/files/[id]', { limit: '5', id: 'abc' }],
  ])('%s is rewritten, its parameters go to the query, the path stays', async (path, name, query) => {
    expect(await seen(path)).toEqual({ name, path: new URL(path, 'http://x').pathname, query })
  })

  it.each(['/api/nowhere', '/api/files/a/b', '/api/files/a/content/x'])(
    '%s is answered by the catch-all',
    async path => {
      expect(await seen(path)).toMatchObject({ name: 'api/not-found', path })
    },
  )

  it.each(['/', '/nowhere', '/api', '/gone', '/late', '/outside', '/api/files/..%2F..%2F..%2Foutside'])(
    '%s has no function of its own',
    async path => {
      expect((await seen(path))?.name ?? null).toSatisfy(name => name === null || name === 'api/files/[id]')
    },
  )

  it('finds static files in the folder of the build only', () => {
    expect(router.staticDir).toBe(join(output, 'static'))
  })

  it('cannot be served before it is built', async () => {
    await expect(buildRouter(join(output, 'nowhere'))).rejects.toThrow(/ENOENT/)
  })
})
