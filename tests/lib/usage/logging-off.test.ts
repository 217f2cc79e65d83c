import { expect, it } from 'vitest'
import { UsageLog } from '../../../models/usage-log.ts'
import { expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'

// Settings are read when the first request comes.
process.env.USAGE_LOGGING = 'off'

it('logs no request where usage logging is off', async () => {
  const tenant = await freshTenant()
  const commands = await commandsOf(async () => {
    expectStatus(await tenant.call('GET', '/api/app/me'), 200)
    await background.drain()
  })
  expect(commands.filter(command => command.includes('usagelogs'))).toEqual([])
  expect(await UsageLog.countDocuments({ clerkId: tenant.clerkId })).toBe(0)
})
