import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MAX_FUNCTIONS } from '../../scripts/build-packed/pack.ts'
import { functionPath } from '../../scripts/build-packed/platform-config.ts'
import { heavyAmong } from '../../scripts/lib/heavy.ts'
import { listRoutes } from '../../scripts/lib/routes.ts'
import { root } from '../helpers/run-script.ts'
import { packedOutput } from './packed-build.ts'

const functions = join(packedOutput, 'functions')
const vercelOutput = join(root, '.vercel', 'output')
const apiDir = join(root, 'api')

async function readJson(file: string) {
  return JSON.parse(await readFile(file, 'utf8'))
}

/** Files in a folder and below; links to folders are not followed. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort()
}

/** The folder of the function that serves a route file. */
function functionOf(route: string): Promise<string> {
  return realpath(join(functions, 'api', `${route}.func`))
}

/** What the code in a function's folder was made from, by its source maps; paths from the project's root. */
async function sourcesOf(folder: string): Promise<string[]> {
  const maps = (await filesIn(folder)).filter(file => file.endsWith('.js.map'))
  const sources = maps.map(async map => {
    const { sources } = (await readJson(join(folder, map))) as { sources: string[] }
    return sources.map(source => relative(root, resolve(folder, dirname(map), source)))
  })
  return (await Promise.all(sources)).flat()
}

/** The comment before a module in a bundle; what has none is the bundler's own. */
const MODULE = /^\/\/ (api|lib|models|node_modules)\//m

const routeFiles = [join(apiDir, 'not-found.ts'), ...(await listRoutes(apiDir)).map(({ file }) => file)]
const routes = routeFiles.map(file => functionPath(apiDir, file))
const folders = [...new Set(await Promise.all(routes.map(functionOf)))]

describe('the packed build', () => {
  it('tells the platform the same as the Vercel build', async () => {
    const packed = await readJson(join(packedOutput, 'config.json'))
    expect(packed).toEqual(await readJson(join(vercelOutput, 'config.json')))
    expect(packed.crons).toHaveLength(1)
  })

  it('serves the files of public/ and nothing else', async () => {
    expect(await filesIn(join(packedOutput, 'static'))).toEqual(await filesIn(join(root, 'public')))
  })

  it('has a function at the path of each route file, and few in all', () => {
    const standing = readdirSync(functions, { recursive: true, encoding: 'utf8' })
    const paths = standing.filter(name => name.endsWith('.func')).map(name => name.replaceAll(sep, '/'))
    expect(paths.sort()).toEqual(routes.map(route => `api/${route}.func`).sort())
    expect(folders.length).toBeLessThanOrEqual(MAX_FUNCTIONS)
    expect(MAX_FUNCTIONS).toBe(12)
  })

  it.each(['ai', 'files/[id]/index'])('starts %s as the Vercel build does, and streams', async route => {
    const packed = await readJson(join(await functionOf(route), '.vc-config.json'))
    const theirs = await readJson(join(vercelOutput, 'functions', 'api', `${route}.func`, '.vc-config.json'))
    const { handler, shouldDisableAutomaticFetchInstrumentation, awsLambdaHandler, ...settings } = theirs
    expect(packed).toEqual({ ...settings, handler: 'index.js', supportsResponseStreaming: true })
    expect(packed).toMatchObject({ runtime: 'nodejs24.x', maxDuration: 300 })
  })
})

describe('each packed function', () => {
  it.each(folders.map(folder => relative(functions, folder)))(
    '%s: code, its maps, nothing else',
    async name => {
      const folder = join(functions, name)
      const files = await filesIn(folder)
      const other = files.filter(file => !/\.js(\.map)?$/.test(file))
      expect(other).toEqual(['.vc-config.json', 'package.json'])
      for (const file of files.filter(file => file.endsWith('.js') && !files.includes(`${file}.map`)))
        expect(await readFile(join(folder, file), 'utf8'), file).not.toMatch(MODULE)
      const sources = await sourcesOf(folder)
      const foreign = sources.filter(
        source => !/^(api|lib|models|node_modules)\/|^package\.json$/.test(source),
      )
      expect([...new Set(foreign)].filter(source => !source.includes('\0'))).toEqual([
        'scripts/build-packed/dispatch.ts',
      ])
    },
  )

  it('holds the heavy packages of its routes alone', async () => {
    const held = async (route: string) =>
      heavyAmong((await sourcesOf(await functionOf(route))).map(source => `/${source}`))
    expect(await held('health')).toEqual([])
    expect(await held('not-found')).toEqual([])
    const signedIn = ['mongoose', '@clerk/backend', 'bcryptjs']
    for (const route of ['app/me', 'forms', 'feedback']) expect(await held(route), route).toEqual(signedIn)
    expect(await held('polar/webhook')).toEqual(['mongoose', '@polar-sh/sdk', '@clerk/backend', 'bcryptjs'])
    expect(await held('ai')).toContain('openai')
  })

  it('loads a heavy package when it is asked for, from a file of its own', async () => {
    const folder = await functionOf('ai')
    const maps = (await filesIn(folder)).filter(file => file.endsWith('.js.map'))
    const together = await Promise.all(
      maps.map(async map => {
        const { sources } = (await readJson(join(folder, map))) as { sources: string[] }
        const packages = heavyAmong(sources)
        return packages.includes('openai')
          ? { packages, own: sources.some(own => /\/api\/ai\.ts$/.test(own)) }
          : null
      }),
    )
    expect(together.filter(Boolean)).toEqual([{ packages: ['openai'], own: false }])
  })
})

describe('the process that reads documents', () => {
  it.each(['files/index', 'files/[id]/index', 'cron/daily'])(
    'stands in %s with all that it loads',
    async route => {
      const folder = join(await functionOf(route), 'lib')
      const extract = join('knowledge', 'internal', 'extract')
      const program = readdirSync(join(folder, extract)).find(name => /^reading-process-.*\.js$/.test(name))
      const args = ['--permission', '--allow-worker', `--allow-fs-read=${folder}`]
      const options = { input: '<p>From a page.</p>', encoding: 'utf8' as const }
      const { stdout } = spawnSync(
        process.execPath,
        [...args, join(folder, extract, program ?? ''), 'html'],
        options,
      )
      expect(stdout).toBe('From a page.')
      expect(existsSync(join(folder, '..', 'node_modules'))).toBe(false)
    },
  )
})
