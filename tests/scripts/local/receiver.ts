import { webhooks } from '@polar-sh/sdk/2026-10'
import { listen } from '../../../scripts/local/http.ts'

export type Received = { id: string; type: string; timestamp: string; data: Record<string, unknown> }

/** A webhook endpoint that accepts only what the SDK accepts; `refuse(n)` makes it answer 500 n times. */
export async function startReceiver(secret: () => string) {
  const received: Received[] = []
  const refusedIds: string[] = []
  let refusals = 0

  const server = await listen(async request => {
    const headers = Object.fromEntries(request.headers)
    const event: unknown = await webhooks.validateEvent(await request.text(), headers, secret())
    const id = headers['webhook-id'] ?? ''
    if (refusals > 0) {
      refusals -= 1
      refusedIds.push(id)
      return new Response(null, { status: 500 })
    }
    received.push({ ...(event as Received), id })
    return new Response(null, { status: 200 })
  })

  return {
    url: server.url,
    received,
    refusedIds,
    refuse(times: number) {
      refusals = times
    },
    close: server.close,
  }
}
