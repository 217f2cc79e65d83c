import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * `npm run build:vercel`: builds as Vercel does, into `.vercel/output`, without an account. The
 * builder's version is pinned like every other package.
 */
const VERCEL_CLI = 'vercel@60.1.3'

const folder = join(import.meta.dirname, '..', '.vercel')
const project = join(folder, 'project.json')
await rm(join(folder, 'output'), { recursive: true, force: true })
if (!existsSync(project)) {
  await mkdir(folder, { recursive: true })
  await writeFile(
    project,
    JSON.stringify({ projectId: 'prj_local', orgId: 'team_local', settings: { framework: null } }),
  )
}
const { status } = spawnSync('npx', ['--yes', VERCEL_CLI, 'build', '--yes'], {
  stdio: 'inherit',
  env: { ...process.env, VERCEL_TELEMETRY_DISABLED: '1' },
})
process.exitCode = status ?? 1
