import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listRoutes, loadRoutes, type RouteFile } from '../../scripts/lib/routes.ts'

describe('listRoutes', () => {
  const files = [
    'health.ts',
    'not-found.ts',
    'files/index.ts',
    'files/search.ts',
    'files/[id]/index.ts',
    'files/[id]/content.ts',
    'v1/chat/completions.ts',
    '_shared.ts',
    'types.d.ts',
    'notes.md',
  ]
  let apiDir: string
  let routes: RouteFile[]

  beforeAll(async () => {
    apiDir = await mkdtemp(join(tmpdir(), 'routes-'))
    for (const name of files) {
      await mkdir(dirname(join(apiDir, name)), { recursive: true })
      await writeFile(join(apiDir, name), 'throw new Error("imported")\n')
    }
    routes = await listRoutes(apiDir)
  })
  afterAll(() => rm(apiDir, { recursive: true }))

  const found = (pathname: string) => routes.find(route => route.match(pathname))?.pattern

  it('derives the URL of each file without importing it', () => {
    expect(routes.map(({ pattern }) => pattern).sort()).toEqual([
      '/api/files',
      '/api/files/search',
      '/api/files/{id}',
      '/api/files/{id}/content',
      '/api/health',
      '/api/v1/chat/completions',
    ])
  })

  it('names the file of a route absolutely', () => {
    const route = routes.find(({ pattern }) => pattern === '/api/files/{id}')
    expect(route?.file).toBe(join(apiDir, 'files/[id]/index.ts'))
  })

  it('lets a fixed segment win over a parameter', () => {
    expect(found('/api/files/search')).toBe('/api/files/search')
    expect(found('/api/files/507f1f77bcf86cd799439011')).toBe('/api/files/{id}')
  })

  it('matches whole paths only', () => {
    expect(found('/api/files/1/content')).toBe('/api/files/{id}/content')
    expect(found('/api/files/')).toBeUndefined()
    expect(found('/api/files/1/2')).toBeUndefined()
    expect(found('/x/api/health')).toBeUndefined()
    expect(found('/api/healthy')).toBeUndefined()
  })
})

describe('loadRoutes', () => {
  it('gives the contracts of declared methods and leaves those of otherMethods out', async () => {
    const routes = await loadRoutes(join(import.meta.dirname, '../../api'))
    const keys = routes.find(({ route }) => route.pattern === '/api/app/api-keys')
    expect(keys?.methods.map(({ name }) => name)).toEqual(['GET', 'POST', 'DELETE'])
    const post = keys?.methods.find(({ name }) => name === 'POST')
    expect(post?.contracts.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['createApiKey', 'restoreApiKey']),
    )
  })
})
