import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listRoutes } from '../../scripts/lib/routes.ts'
import { buildRouter } from '../../scripts/server/build-router.ts'
import { root, runScript } from '../helpers/run-script.ts'

const output = join(root, '.vercel', 'output')

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

describe('the static folder', () => {
  it('holds what public/ holds and nothing else', async () => {
    expect(await filesIn(join(output, 'static'))).toEqual(await filesIn(join(root, 'public')))
  })

  it('holds the reference and its viewer', async () => {
    const files = await filesIn(join(output, 'static'))
    expect(files).toContain('openapi.json')
    expect(files.filter(file => file.startsWith('vendor/'))).not.toEqual([])
  })
})

describe('the functions', () => {
  it('are reached at the URL of each route file, dynamic ones too', async () => {
    const router = await buildRouter(output)
    for (const { pattern } of await listRoutes(join(root, 'api'))) {
      const url = new URL(pattern.replace(/\{\w+\}/g, '507f1f77bcf86cd799439011'), 'http://127.0.0.1')
      const module = await (await router.resolve(url))?.load()
      expect(Object.keys(module ?? {}).sort(), pattern).toEqual([
        'DELETE',
        'GET',
        'HEAD',
        'OPTIONS',
        'PATCH',
        'POST',
        'PUT',
      ])
    }
  })

  it('include one that answers unknown paths with a problem', async () => {
    const router = await buildRouter(output)
    for (const path of ['/api/nope', '/api/files/507f1f77bcf86cd799439011/nope/deeper', '/api/app']) {
      const url = new URL(path, 'http://127.0.0.1')
      const handler = (await (await router.resolve(url))?.load())?.GET
      const answer = await handler?.(new Request(url))
      expect(answer?.status, path).toBe(404)
      expect(await answer?.json()).toMatchObject({ code: 'not_found' })
    }
  })

  it('carry neither tests, scripts nor settings', async () => {
    const files = await filesIn(join(output, 'functions'))
    const own = files.filter(file => !file.includes('/node_modules/'))
    expect(own.filter(file => /\.func\/(tests|scripts|public|\.env|\.local)/.test(file))).toEqual([])
  })

  it('of health load none of the heavy SDKs', async () => {
    const folder = join(output, 'functions', 'api', 'health.func')
    const { handler } = JSON.parse(await readFile(join(folder, '.vc-config.json'), 'utf8'))
    const loaded = await filesLoadedBy(join(folder, handler))
    expect(
      loaded.filter(file =>
        /node_modules\/(mongoose|openai|@aws-sdk|google-auth-library|@polar-sh|@clerk|svix|bcryptjs|file-type)\//.test(
          file,
        ),
      ),
    ).toEqual([])
    expect(loaded.some(file => file.includes('node_modules/mongodb/'))).toBe(true)
  })
})

async function filesLoadedBy(file: string): Promise<string[]> {
  const { code, output: printed } = await runScript('scripts/lib/import-probe.ts', [file])
  expect(code, printed).toBe(0)
  return (JSON.parse(printed) as { files: string[] }).files
}
