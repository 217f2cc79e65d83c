import { expect, it } from 'vitest'
import { runScript } from '../helpers/run-script.ts'

it('tells the main story over real HTTP, from the built functions', async () => {
  const { code, output } = await runScript('scripts/demo.ts', ['--built'])
  expect(code, output).toBe(0)
  expect(output).toContain('Every step was as promised.')
})
