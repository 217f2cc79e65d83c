import { describe, expect, it, vi } from 'vitest'
import { User } from '../../models/user.ts'
import { expectStatus } from '../helpers/call.ts'
import { freshTenant, type Headers, type Tenant } from '../helpers/tenant.ts'
import { overInstances } from './over-instances.ts'

const ME = '/api/app/me'
const CLIENTS = 64
/** Answers to wait for before the change, and then of requests sent after it. */
const ENOUGH = 2 * CLIENTS
const WAIT_MS = 25_000
const instances = overInstances(2)

type Sent = { after: boolean; status: number }

/** Has many clients ask both instances without pause while something changes; tells which answer was sent when. */
async function askThroughout(headers: Headers, change: () => Promise<void>): Promise<Sent[]> {
  const sent: Sent[] = []
  let [isChanged, isOver] = [false, false]
  const ask = async (client: number) => {
    while (!isOver) {
      const after = isChanged
      const { status } = await instances.nth(client % 2).get(ME, headers)
      sent.push({ after, status })
    }
  }
  const enough = (after: boolean) => () =>
    expect(sent.filter(one => one.after === after).length).toBeGreaterThanOrEqual(ENOUGH)
  const asking = Promise.all(Array.from({ length: CLIENTS }, (_, client) => ask(client)))
  try {
    await vi.waitFor(enough(false), { timeout: WAIT_MS })
    await change()
    isChanged = true
    await vi.waitFor(enough(true), { timeout: WAIT_MS })
  } finally {
    isOver = true
    await asking
  }
  return sent
}

describe('while 64 clients ask with one key, each request that is sent after', () => {
  const revoke = async ({ session }: Tenant, id: string) =>
    expectStatus(
      await instances.nth(0).send('DELETE', `/api/app/api-keys?keyId=${id}`, { headers: session }),
      200,
    )
  const change = async ({ clerkId }: Tenant, $set: object) => {
    await User.updateOne({ clerkId }, { $set })
  }
  const suspension = { at: new Date(), until: null, reason: 'abuse' }

  it.each<[string, (tenant: Tenant, id: string) => Promise<void>, number]>([
    ['its revocation is refused', revoke, 401],
    ['a suspension is refused', tenant => change(tenant, { suspension }), 403],
    [
      'a lowered limit is counted against it',
      tenant => change(tenant, { 'limits.requestsPerMinute': 0 }),
      429,
    ],
  ])(
    '%s',
    async (_what, changeOf, status) => {
      const tenant = await freshTenant()
      const { id, headers } = await tenant.newKey()
      await change(tenant, { limits: { requestsPerMinute: 1_000_000 } })
      const sent = await askThroughout(headers, () => changeOf(tenant, id))
      const late = sent.filter(({ after }) => after)
      expect(new Set(late.map(one => one.status))).toEqual(new Set([status]))
      expect(sent.filter(one => one.status === 200).length).toBeGreaterThanOrEqual(ENOUGH)
    },
    60_000,
  )
})
