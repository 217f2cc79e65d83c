import { expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { complete, expectError } from './openai.ts'

// Settings are read when the first request comes.
process.env.AI_TIMEOUT_MS = '1000'

it.each([false, true])('a provider that hangs is a 504 and counts nothing, streamed: %s', async stream => {
  const tenant = await freshTenant()
  services.openai.failNext(0)
  const answer = await complete(tenant, { messages: [{ role: 'user', content: 'Hi' }], stream })
  expectError(answer, 504, { type: 'server_error', code: 'provider_timeout' })
  expect((await readCounters(tenant.clerkId)).chatMessages).toBe(0)
})
