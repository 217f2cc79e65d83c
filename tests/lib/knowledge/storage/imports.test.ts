import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { listRoutes } from '../../../../scripts/lib/routes.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')
const routes = await listRoutes(join(root, 'api', 'files'))

it.each(routes.map(({ file }) => file))('%s loads the SDK of S3 with the first bucket only', file => {
  const probe = join(root, 'scripts', 'lib', 'import-probe.ts')
  const { stdout } = spawnSync(process.execPath, [probe, file], { cwd: root, encoding: 'utf8' })
  const { files } = JSON.parse(stdout) as { files: string[] }
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter(path => path.includes('/node_modules/@aws-sdk/'))).toEqual([])
})
