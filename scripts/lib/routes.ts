import { readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Contract } from '../../lib/http/contract.ts'
import type { RouteHandler, StandIn } from '../../lib/http/methods.ts'

/** A file of `api/` and the URL it answers. */
export type RouteFile = {
  /** Absolute path. */
  file: string
  /** `/api/files/{id}` */
  pattern: string
  /** What a path that it answers matches. */
  regex: RegExp
  match(pathname: string): boolean
}

export type LoadedRoute = {
  route: RouteFile
  /** The methods a file declares itself; one that has no contract has an empty list. */
  methods: { name: string; contracts: readonly Contract[] }[]
}

/** The target of the platform's rewrite for unknown paths: no route of its own. */
const CATCH_ALL = 'not-found.ts'
const METHOD_NAMES = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** The routes under `apiDir` as Vercel derives them from file names; take the first that matches a path. */
export async function listRoutes(apiDir: string): Promise<RouteFile[]> {
  const names = await readdir(apiDir, { recursive: true })
  const routes = names.filter(isRouteFile).map(name => toRoute(apiDir, name))
  // '{' sorts after letters and digits, so a fixed segment wins over a parameter.
  return routes.sort((a, b) => (a.pattern < b.pattern ? -1 : 1))
}

/** The routes under `apiDir` with the contracts of their exported methods. Imports every file. */
export async function loadRoutes(apiDir: string): Promise<LoadedRoute[]> {
  return Promise.all((await listRoutes(apiDir)).map(loadRoute))
}

/** One route with the contracts of its exported methods. Imports the file. */
export async function loadRoute(route: RouteFile): Promise<LoadedRoute> {
  const module = (await import(pathToFileURL(route.file).href)) as Record<
    string,
    Partial<RouteHandler & StandIn>
  >
  const declared = METHOD_NAMES.filter(name => module[name] && !module[name].isStandIn)
  return { route, methods: declared.map(name => ({ name, contracts: module[name]?.contracts ?? [] })) }
}

function isRouteFile(name: string): boolean {
  const hidden = name.split(sep).some(part => part.startsWith('.') || part.startsWith('_'))
  return name.endsWith('.ts') && !name.endsWith('.d.ts') && !hidden && name !== CATCH_ALL
}

function toRoute(apiDir: string, name: string): RouteFile {
  const path = name.replaceAll(sep, '/').replace(/\.ts$/, '')
  const pattern = `/api/${path}`.replace(/\/index$/, '').replace(/\[(\w+)\]/g, '{$1}')
  const regex = new RegExp(`^${pattern.replace(/[.+*?^$()|\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+')}$`)
  return { file: join(apiDir, name), pattern, regex, match: pathname => regex.test(pathname) }
}
