import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { listRoutes } from '../lib/routes.ts'
import type { FunctionModule, Router } from './router.ts'

/** Routes as the platform does, straight over the source tree: one function per file of `api/`. */
export async function sourceRouter(root: string): Promise<Router> {
  const apiDir = join(root, 'api')
  const routes = await listRoutes(apiDir)
  const loaded = new Map<string, Promise<FunctionModule>>()
  const load = (file: string) => () => {
    const module = loaded.get(file) ?? (import(pathToFileURL(file).href) as Promise<FunctionModule>)
    loaded.set(file, module)
    return module
  }
  return {
    staticDir: join(root, 'public'),
    async resolve(url) {
      if (!url.pathname.startsWith('/api/')) return null
      const found = routes.find(route => route.match(url.pathname))
      if (!found) return { url, load: load(join(apiDir, 'not-found.ts')) }
      return { url: withParams(url, found.pattern), load: load(found.file) }
    },
  }
}

/** Vercel adds a dynamic route's parameters to the query; handlers must bear with it here too. */
function withParams(url: URL, pattern: string): URL {
  if (!pattern.includes('{')) return url
  const seen = new URL(url)
  const actual = url.pathname.split('/')
  for (const [position, segment] of pattern.split('/').entries()) {
    if (segment.startsWith('{')) seen.searchParams.set(segment.slice(1, -1), actual[position] ?? '')
  }
  return seen
}
