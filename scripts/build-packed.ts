import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { buildPublic } from './build.ts'
import { bundleFunction } from './build-packed/bundle.ts'
import { packByWeight } from './build-packed/pack.ts'
import { functionPath, type ProjectSettings, platformConfig } from './build-packed/platform-config.ts'
import { listRoutes, type RouteFile } from './lib/routes.ts'

const root = join(import.meta.dirname, '..')
const apiDir = join(root, 'api')

/** Routes that share a function, and the heavy packages in it. */
export type PackedFunction = { routes: string[]; heavy: string[] }

/**
 * Writes what the platform deploys (Build Output API v3) to a folder: `public/` as static files, and the routes
 * bundled into few functions. A function stands at the path of its first route; at the others' is a link to it.
 */
export async function buildPacked(outputDir: string): Promise<PackedFunction[]> {
  const settings = await readJson<ProjectSettings>('vercel.json')
  const routes = await listRoutes(apiDir)
  await rm(outputDir, { recursive: true, force: true })
  await cp(join(root, 'public'), join(outputDir, 'static'), { recursive: true })
  const config = platformConfig(settings, apiDir, routes, await filesIn(join(outputDir, 'static')))
  await writeFile(join(outputDir, 'config.json'), `${JSON.stringify(config, null, 2)}\n`)
  const files = [join(apiDir, 'not-found.ts'), ...routes.map(({ file }) => file)]
  const functionSettings = await settingsOf(settings)
  const built: PackedFunction[] = []
  for (const { files: packed, heavy } of await packByWeight(root, files)) {
    const [folder = '', ...others] = packed.map(file => functionFolder(outputDir, file))
    await bundleFunction(root, routesOf(routes, packed), folder)
    await writeFile(join(folder, '.vc-config.json'), `${JSON.stringify(functionSettings, null, 2)}\n`)
    await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
    for (const other of others) await linkTo(folder, other)
    built.push({ routes: packed.map(file => functionPath(apiDir, file)), heavy })
  }
  return built
}

/** As the platform's builder sets them for the methods that a file of `api/` exports. */
async function settingsOf({ functions }: ProjectSettings): Promise<Record<string, unknown>> {
  const { engines } = await readJson<{ engines: { node: string } }>('package.json')
  return {
    handler: 'index.js',
    runtime: `nodejs${engines.node}`,
    architecture: 'x86_64',
    ...functions['api/**/*.ts'],
    environment: {},
    launcherType: 'Nodejs',
    shouldAddHelpers: true,
    shouldAddSourcemapSupport: true,
    supportsResponseStreaming: true,
  }
}

function routesOf(routes: readonly RouteFile[], files: readonly string[]): RouteFile[] {
  return routes.filter(({ file }) => files.includes(file))
}

function functionFolder(outputDir: string, file: string): string {
  return join(outputDir, 'functions', 'api', `${functionPath(apiDir, file)}.func`)
}

async function linkTo(folder: string, other: string): Promise<void> {
  await mkdir(dirname(other), { recursive: true })
  await symlink(relative(dirname(other), folder), other)
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
}

async function readJson<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(join(root, name), 'utf8')) as T
}

/** `npm run build:packed`; `-- --out FOLDER` writes to another folder than `.vercel/output`. */
if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' } } })
  await buildPublic()
  const built = await buildPacked(values.out ?? join(root, '.vercel', 'output'))
  console.table(built.map(({ routes, heavy }) => ({ routes: routes.join(' '), heavy: heavy.join(' ') })))
}
