import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root, runScript } from '../helpers/run-script.ts'
import { packedOutput } from './packed-build.ts'

it.each([
  ['Vercel build', join(root, '.vercel', 'output')],
  ['packed build', packedOutput],
])('the %s tells the main story over real HTTP', async (_build, folder) => {
  const { code, output } = await runScript('scripts/demo.ts', ['--output', folder])
  expect(code, output).toBe(0)
  expect(output).toContain('Every step was as promised.')
})
