import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listRoutes } from '../../../scripts/lib/routes.ts'

type Rewrite = { source: string; destination: string }

const root = join(import.meta.dirname, '..', '..', '..')
const routes = await listRoutes(join(root, 'api'))
const dynamic = routes.filter(({ pattern }) => pattern.includes('{')).map(({ pattern }) => pattern)
const { rewrites } = JSON.parse(await readFile(join(root, 'vercel.json'), 'utf8')) as { rewrites: Rewrite[] }

/** What the catch-all must leave to the dynamic routes, which the platform matches after it. */
function catchAllFor(patterns: string[]): string {
  const exceptions = patterns.map(pattern => `${pattern.replace('/api/', '').replace(/\{\w+\}/g, '[^/]+')}$`)
  return `/api/:path((?!${exceptions.join('|')}).*)`
}

describe('the platform’s catch-all for unknown paths', () => {
  const [catchAll] = rewrites
  const inner = /^\/api\/:path\((.*)\)$/.exec(catchAll?.source ?? '')?.[1] ?? ''
  const catches = (path: string) => new RegExp(`^/api/(${inner})$`).test(path)

  it('is the only rewrite and leads to the function that answers 404', () => {
    expect(rewrites).toEqual([{ source: expect.any(String), destination: '/api/not-found' }])
  })

  it('leaves out exactly the dynamic routes of api/', () => {
    expect(catchAll?.source).toBe(catchAllFor(dynamic))
  })

  it.each(dynamic)('leaves %s to its function', pattern => {
    expect(catches(pattern.replace(/\{\w+\}/g, '507f1f77bcf86cd799439011'))).toBe(false)
  })

  it.each(['/api/nowhere', '/api/', '/api/files/a/b', '/api/files/a/content/b', '/api/x/files/a'])(
    'catches %s',
    path => {
      expect(catches(path)).toBe(true)
    },
  )
})
