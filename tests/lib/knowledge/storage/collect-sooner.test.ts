import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'lib', 'knowledge', 'internal', 'storage')

it('this Node still knows the flag that collects sooner', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'collect-sooner.ts')], {
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
