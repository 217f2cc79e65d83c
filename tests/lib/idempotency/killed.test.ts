import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { startApi } from '../../helpers/api-process.ts'
import { type Answer, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { openHeldPassage } from './held-passage.ts'

const path = '/api/app/api-keys'

/** Retries as a client would until the key is no longer busy. */
async function retry(
  tenant: Tenant,
  key: string,
  json: object,
): Promise<{ answer: Answer; waitedMs: number }> {
  const start = performance.now()
  for (;;) {
    const answer = await tenant.call('POST', path, { json, headers: { 'Idempotency-Key': key } })
    const waitedMs = performance.now() - start
    if (answer.status !== 409 && answer.status !== 503) return { answer, waitedMs }
    if (waitedMs > 50_000) throw new Error('still busy')
    await sleep(500)
  }
}

describe('a process killed between claim and commit', () => {
  it.concurrent.each([
    ['before its transaction', 'findAndModify', 'users'],
    ['after its writes, before their commit', 'commitTransaction', ''],
  ])(
    '%s: the retry completes the request once',
    async (_when, command, mention) => {
      const tenant = await freshTenant()
      const passage = await openHeldPassage(command, mention)
      const api = await startApi({ MONGODB_URI: passage.uri })
      const key = randomUUID()
      const json = { name: 'only once' }
      const lost = api
        .send('POST', path, { headers: { ...tenant.session, 'Idempotency-Key': key }, json })
        .then(
          () => 'answered',
          () => 'lost',
        )
      await passage.reached
      await api.stop('SIGKILL')
      expect(await lost).toBe('lost')
      await passage.close()
      expectProblem(
        await tenant.call('POST', path, { json, headers: { 'Idempotency-Key': key } }),
        409,
        'conflict',
      )
      const { answer, waitedMs } = await retry(tenant, key, json)
      // The lease, not the minute that the database would keep a dead transaction's locks.
      expect(waitedMs).toBeLessThan(20_000)
      expectStatus(answer, 201)
      expect(answer.headers.get('idempotency-replayed')).toBeNull()
      expect(await ApiKey.countDocuments({ clerkId: tenant.clerkId })).toBe(1)
      expect((await retry(tenant, key, json)).answer.body).toEqual(answer.body)
    },
    60_000,
  )
})
