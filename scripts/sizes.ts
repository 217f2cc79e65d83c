import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { functionPath } from './build-packed/platform-config.ts'
import { heavyAmong } from './lib/heavy.ts'
import { listRoutes, type RouteFile } from './lib/routes.ts'

/**
 * `npm run sizes`: what each route's imports cost in a fresh process (median of 3) and how many files they read.
 * `-- --built FOLDER` measures the functions of a build's output, and tells what each of them weighs.
 */
const root = join(import.meta.dirname, '..')
const apiDir = join(root, 'api')
const RUNS = 3

type Measurement = { ms: number; files: string[] }

const { values } = parseArgs({ options: { built: { type: 'string' } } })
const routes = await listRoutes(apiDir)
console.table(routes.map(route => (values.built ? ofFunction(values.built, route) : ofSource(route))))

function ofSource({ file, pattern }: RouteFile) {
  const measured = measure([file])
  return { route: pattern, ...toRow(measured), SDKs: heavyAmong(measured.files).join(', ') }
}

function ofFunction(output: string, { file, pattern }: RouteFile) {
  const functions = join(output, 'functions', 'api')
  const folder = realpathSync(join(functions, `${functionPath(apiDir, file)}.func`))
  const { handler } = JSON.parse(readFileSync(join(folder, '.vc-config.json'), 'utf8')) as { handler: string }
  const measured = measure([join(folder, handler), pattern.replace(/\{\w+\}/g, '507f1f77bcf86cd799439011')])
  return {
    route: pattern,
    function: relative(realpathSync(functions), folder).replace(/\.func$/, ''),
    ...toRow(measured),
    'function MB': Math.round(bytesIn(folder) / 100_000) / 10,
  }
}

function toRow({ ms, files }: Measurement) {
  const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0)
  return { 'import ms': Math.round(ms), files: files.length, KiB: Math.round(bytes / 1024) }
}

/** The run with the median time. */
function measure(args: readonly string[]): Measurement {
  const runs = Array.from({ length: RUNS }, () => probe(args)).sort((a, b) => a.ms - b.ms)
  return runs[Math.floor(RUNS / 2)] as Measurement
}

function probe(args: readonly string[]): Measurement {
  const script = join(import.meta.dirname, 'lib', 'import-probe.ts')
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    cwd: root,
  })
  if (status !== 0) throw new Error(`${args.join(' ')} does not load: ${stderr}`)
  return JSON.parse(stdout) as Measurement
}

function bytesIn(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}
