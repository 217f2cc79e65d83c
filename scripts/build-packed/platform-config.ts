import { relative, sep } from 'node:path'
import type { RouteFile } from '../lib/routes.ts'

/** What a build needs of vercel.json. */
export type ProjectSettings = {
  rewrites: { source: string; destination: string }[]
  headers: { source: string; headers: { key: string; value: string }[] }[]
  crons: { path: string; schedule: string }[]
  functions: Record<string, { maxDuration: number }>
}

type Route = {
  src?: string
  dest?: string
  status?: number
  headers?: Record<string, string>
  continue?: true
  check?: true
  handle?: string
}

/** The config.json of a build's output. */
export type PlatformConfig = {
  version: 3
  routes: Route[]
  overrides: Record<string, { path: string }>
  crons: ProjectSettings['crons']
}

/**
 * How the platform is to route, as its own builder derives it from vercel.json (`cleanUrls`, no trailing slash),
 * the files of `api/` and the pages among the static files.
 */
export function platformConfig(
  { rewrites, headers, crons }: ProjectSettings,
  apiDir: string,
  routes: readonly RouteFile[],
  staticFiles: readonly string[],
): PlatformConfig {
  const pages = staticFiles.filter(file => file.endsWith('.html')).sort()
  return {
    version: 3,
    routes: [
      moved('^/(?:(.+)/)?index(?:\\.html)?/?$', '/$1'),
      moved('^/(.*)\\.html/?$', '/$1'),
      moved('^/(.*)/$', '/$1'),
      ...headers.map(rule => ({
        src: sourceRegex(rule.source).src,
        headers: Object.fromEntries(rule.headers.map(({ key, value }) => [key, value])),
        continue: true as const,
      })),
      moved('^/(api(?:.+)?)/index(?:\\.(?:ts))?/?$', '/$1'),
      moved('^/api/(.+)(?:\\.(?:ts))/?$', '/api/$1'),
      { handle: 'filesystem' },
      ...rewrites.map(rewrite),
      ...parameterRoutes(apiDir, routes),
      { src: '^/api(/.*)?$', status: 404 },
      { handle: 'error' },
      { status: 404, src: '^(?!/api).*$', dest: '/404' },
    ],
    overrides: Object.fromEntries(pages.map(file => [file, { path: file.replace(/\.html$/, '') }])),
    crons,
  }
}

/** The path of a route file below `api/`, without its ending: where its function stands. */
export function functionPath(apiDir: string, file: string): string {
  return relative(apiDir, file).replaceAll(sep, '/').replace(/\.ts$/, '')
}

function moved(src: string, location: string): Route {
  return { src, headers: { Location: location }, status: 308 }
}

/** @throws Error for a form of `source` that vercel.json did not have when this was written */
function sourceRegex(source: string): { src: string; parameter: string | undefined } {
  const match = /^((?:\/[\w-]+)*)(?:\/(?::(\w+))?(\(.+\)))?$/.exec(source)
  if (!match) throw new Error(`vercel.json: this build does not read the source ${source}`)
  const [, literal = '', parameter, pattern] = match
  return { src: `^${literal}${pattern ? `(?:/${pattern})` : ''}$`, parameter }
}

/** A parameter that the destination does not name is told in its query. */
function rewrite({ source, destination }: ProjectSettings['rewrites'][number]): Route {
  const { src, parameter } = sourceRegex(source)
  return { src, dest: `${destination}${parameter ? `?${parameter}=$1` : ''}`, check: true }
}

/** Paths with a parameter, those first whose parameter comes first. */
function parameterRoutes(apiDir: string, routes: readonly RouteFile[]): Route[] {
  const paths = routes.map(({ file }) => functionPath(apiDir, file)).filter(path => path.includes('['))
  const depth = (path: string) => path.split('/').findIndex(segment => segment.startsWith('['))
  return paths.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1)).map(parameterRoute)
}

function parameterRoute(path: string): Route {
  const names = Array.from(path.matchAll(/\[(\w+)\]/g), ([, name]) => name)
  const last = path.slice(path.lastIndexOf('/') + 1)
  const folder = path.slice(0, path.lastIndexOf('/') + 1).replace(/\[\w+\]/g, '([^/]+)')
  const src = last.startsWith('[')
    ? `^/api/${folder}([^/]+)$`
    : last === 'index'
      ? `^/api/${folder.slice(0, -1)}(/|/index)?$`
      : `^/api/${folder}(${last}/|${last})$`
  return { src, dest: `/api/${path}?${names.map((name, at) => `${name}=$${at + 1}`).join('&')}`, check: true }
}
