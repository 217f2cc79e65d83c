import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { expectStatus } from '../../helpers/call.ts'
import { startLoad } from '../mixed/load.ts'
import { endure } from './endure.ts'
import type { Lane } from './lane.ts'

/** So many at a time make keys for one tenant. */
const MAKERS = 6
/** Longer than the driver goes on to tell the server that a transaction is over. */
const LOST_MS = 12_500

/**
 * Replies are lost, also to transactions of which one holds the lock of their tenant's row. Afterwards the row can
 * be had at once, though the server would keep a lock that nobody gives up for a minute.
 */
export async function losesReplies(lane: Lane): Promise<void> {
  const { tenants } = await (await startLoad({ urls: [lane.api.url], tenants: 1, clients: 0 })).stop()
  const makeKey = () => {
    const headers = { ...tenants[0]?.session, 'Idempotency-Key': randomUUID() }
    return lane.api.send('POST', '/api/app/api-keys', { headers, json: {} })
  }
  const happen = async ({ proxy }: Lane) => {
    await proxy.add({ stream: 'upstream', type: 'latency', attributes: { latency: 50 } })
    let made = 0
    const makeKeys = async () => {
      for (;;) {
        const { status } = await makeKey()
        if (status !== 201) return status
        made += 1
      }
    }
    const last = Promise.all(Array.from({ length: MAKERS }, makeKeys))
    while (made < MAKERS) await sleep(10)
    await proxy.add({ stream: 'downstream', type: 'timeout', attributes: { timeout: 0 } })
    const [answers] = await Promise.all([last, sleep(LOST_MS)])
    expect(new Set(answers)).toEqual(new Set([503]))
  }
  await endure(lane, { happen, isTotal: true })
  expectStatus(await makeKey(), 201)
}
