import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FunctionModule, Router, Target } from './router.ts'

type Route = { src?: string; dest?: string; status?: number; handle?: string }
type BuildConfig = { routes: Route[] }

/** Routes as the platform does over a finished build (Build Output API v3): file system first, then rewrites. */
export async function buildRouter(outputDir: string): Promise<Router> {
  const config = JSON.parse(await readFile(join(outputDir, 'config.json'), 'utf8')) as BuildConfig
  const afterFileSystem = config.routes.slice(
    config.routes.findIndex(({ handle }) => handle === 'filesystem') + 1,
  )
  const functionAt = (pathname: string, url: URL) => findFunction(join(outputDir, 'functions'), pathname, url)

  async function resolve(url: URL): Promise<Target | null> {
    const direct = await functionAt(url.pathname, url)
    if (direct) return direct
    for (const { src, dest, status, handle } of afterFileSystem) {
      if (handle) break
      const match = src ? new RegExp(src).exec(url.pathname) : null
      if (!match) continue
      if (status || !dest) return null
      const rewritten = new URL(
        dest.replace(/\$(\d)/g, (_, group) => match[Number(group)] ?? ''),
        url,
      )
      const seen = new URL(url)
      for (const [name, value] of rewritten.searchParams) seen.searchParams.set(name, value)
      return functionAt(decodeURIComponent(rewritten.pathname), seen)
    }
    return null
  }
  return { resolve, staticDir: join(outputDir, 'static') }
}

async function findFunction(functionsDir: string, pathname: string, url: URL): Promise<Target | null> {
  for (const name of [pathname, `${pathname}/index`]) {
    const folder = join(functionsDir, `${name}.func`)
    const settings = await readFile(join(folder, '.vc-config.json'), 'utf8').catch(() => null)
    if (settings === null) continue
    const { handler } = JSON.parse(settings) as { handler: string }
    return { url, load: () => import(pathToFileURL(join(folder, handler)).href) as Promise<FunctionModule> }
  }
  return null
}
