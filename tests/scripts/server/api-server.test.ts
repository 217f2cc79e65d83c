import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { UsageLog } from '../../../models/usage-log.ts'
import { startApi } from '../../helpers/api-process.ts'
import { runScript } from '../../helpers/run-script.ts'
import { services } from '../../setup/services.ts'

it('does not begin with a malformed environment, and names what is wrong', async () => {
  Object.assign(process.env, { TRUST_PROXY: 'yes', AI_TIMEOUT_MS: 'soon' })
  const { code, output } = await runScript(join('scripts', 'api-server.ts')).finally(() => {
    delete process.env.TRUST_PROXY
    delete process.env.AI_TIMEOUT_MS
  })
  expect(code).toBe(1)
  expect(output).toMatch(/TRUST_PROXY: .*\n\s+AI_TIMEOUT_MS: /)
})

it('ends by SIGTERM, after what its answers left to do is stored', async () => {
  const clerkId = `user_${randomUUID()}`
  const api = await startApi({})
  const headers = { Authorization: `Bearer ${await services.clerk.sessionToken(clerkId)}` }
  const answers = await Promise.all(Array.from({ length: 8 }, () => api.get('/api/app/me', headers)))
  expect(await api.stop()).toBe(0)
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
  expect(await UsageLog.countDocuments({ clerkId })).toBe(8)
})
