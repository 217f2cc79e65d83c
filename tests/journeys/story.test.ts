import { expect, it } from 'vitest'
import { runScript } from '../helpers/run-script.ts'

it('tells the main story over real HTTP, from the source tree', async () => {
  const { code, output } = await runScript('scripts/demo.ts')
  expect(code, output).toBe(0)
  expect(output).toContain('Every step was as promised.')
}, 120_000)

it('ends with code 1 at the first step that is not as promised', async () => {
  const broken = { OPENAI_API_KEY: 'sk-none', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' }
  const { code, output } = await runScript('scripts/demo.ts', [], broken)
  expect(code, output).toBe(1)
  expect(output).toContain('cutting it into passages and embedding them: still not so after 15 seconds')
  expect(output).not.toContain('4. They ask')
}, 120_000)

it('says what to do when it would have to use the real sign-in', async () => {
  const { code, output } = await runScript('scripts/demo.ts', [], { CLERK_SECRET_KEY: 'sk_live_x' })
  expect(code, output).toBe(1)
  expect(output).toContain('unset the variables of the real services')
}, 120_000)
