import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { listRoutes } from './lib/routes.ts'

/** `npm run sizes`: what each route's imports cost in a fresh process (median of 3) and how many files they read. */
const root = join(import.meta.dirname, '..')
const RUNS = 3

type Measurement = { ms: number; files: string[] }

const routes = await listRoutes(join(root, 'api'))
const rows = routes.map(({ file, pattern }) => {
  const runs = Array.from({ length: RUNS }, () => measure(file)).sort((a, b) => a.ms - b.ms)
  const median = runs[Math.floor(RUNS / 2)] as Measurement
  const bytes = median.files.reduce((sum, path) => sum + statSync(path).size, 0)
  return {
    route: pattern,
    'import ms': Math.round(median.ms),
    files: median.files.length,
    KiB: Math.round(bytes / 1024),
    SDKs: sdksOf(median.files),
  }
})
console.table(rows)

function measure(file: string): Measurement {
  const probe = join(import.meta.dirname, 'lib', 'import-probe.ts')
  const { stdout, stderr, status } = spawnSync(process.execPath, [probe, file], {
    encoding: 'utf8',
    cwd: root,
  })
  if (status !== 0) throw new Error(`${relative(root, file)} does not load: ${stderr}`)
  return JSON.parse(stdout) as Measurement
}

/** Packages that a route loads before its first request, the heavy ones. */
function sdksOf(files: string[]): string {
  const heavy = [
    'mongoose',
    'openai',
    '@polar-sh/sdk',
    '@clerk/backend',
    'svix',
    'bcryptjs',
    'file-type',
    'libphonenumber-js',
    '@aws-sdk/client-s3',
    'google-auth-library',
    'gpt-tokenizer',
  ]
  return heavy.filter(name => files.some(file => file.includes(`/node_modules/${name}/`))).join(', ')
}
