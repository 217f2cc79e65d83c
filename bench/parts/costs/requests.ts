import { randomBytes, randomUUID } from 'node:crypto'
import { clerkDelivery, clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { polarSubscription } from '../../../scripts/local/polar/payloads.ts'
import { polarDelivery } from '../../../scripts/local/polar/webhooks.ts'
import type { Stage } from '../../lib/stage.ts'
import type { BenchTenant } from '../../lib/tenants.ts'
import { chatCalls, wireCalls } from '../chat/start.ts'

export type Sent = {
  path: string
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string | Buffer
}

const JSON_TYPE = { 'Content-Type': 'application/json' }
export const FILE_BYTES = 1024 * 1024

/** One request of each kind that this API has much of, made anew for each time it is sent. */
export async function requestKinds(
  { services }: Stage,
  tenant: BenchTenant,
  fileId: string,
): Promise<Record<string, () => Sent>> {
  const { headers, clerkId } = tenant
  const { clerk, polar } = services
  if (!clerk || !polar) throw new Error('a service has no stand-in')
  const token = await clerk.sessionToken(clerkId)
  const [chat] = chatCalls([tenant])
  const [streamed] = chatCalls([tenant], { stream: true })
  const [completion] = wireCalls([headers], {}, '/api/v1/chat/completions')
  if (!chat || !streamed || !completion) throw new Error('there are no chats')
  const post = (path: string, body: object, more: Record<string, string>): Sent => {
    return { method: 'POST', path, headers: { ...JSON_TYPE, ...more }, body: JSON.stringify(body) }
  }
  const profile = (id: string, type: string): Sent => {
    const data = clerkUserData({ id, updatedAt: Date.now() + 60_000 })
    return {
      method: 'POST',
      path: '/api/webhooks/clerk',
      ...clerkDelivery(clerk.webhookSecret, { type, data }),
    }
  }
  const billing = (): Sent => {
    const { products } = polar
    const data = polarSubscription({
      externalId: clerkId,
      productId: products.enterprise,
      products,
      id: SUBSCRIPTION,
    })
    const delivery = polarDelivery(polar.webhookSecret, { type: 'subscription.updated', data })
    return { method: 'POST', path: '/api/polar/webhook', ...delivery }
  }
  return {
    'GET with a key': () => ({ path: '/api/app/me', headers }),
    'GET with a session': () => ({ path: '/api/app/me', headers: { Authorization: `Bearer ${token}` } }),
    'chat, JSON': () => chat,
    'chat, streamed': () => streamed,
    'completion, OpenAI’s form': () => completion,
    'upload of 1 MiB': () => upload('costs.bin', randomBytes(FILE_BYTES), tenant),
    'download of 1 MiB': () => ({ path: `/api/files/${fileId}/content`, headers }),
    'list of files': () => ({ path: '/api/files', headers }),
    'list of conversations': () => ({ path: '/api/app/conversations', headers }),
    'search by meaning': () => post('/api/files/search', { query: 'refund within 30 days' }, headers),
    'webhook user.created': () => profile(`user_${randomUUID().replaceAll('-', '')}`, 'user.created'),
    'webhook user.updated': () => profile(clerkId, 'user.updated'),
    'webhook subscription.updated': billing,
    'contact form, a visitor': () => post('/api/forms', CONTACT, visitor()),
    'analytics event, a visitor': () => post('/api/analytics', { event: 'page_view' }, visitor()),
  }
}

const SUBSCRIPTION = randomUUID()

const CONTACT = {
  formType: 'contact',
  name: 'Ada',
  email: 'ada@example.com',
  message: 'Please call me back.',
}

/** A multipart body with one file. */
export function upload(name: string, content: Buffer, { headers }: BenchTenant): Sent {
  const head = `--edge\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`
  return {
    method: 'POST',
    path: '/api/files',
    headers: { ...headers, 'Content-Type': 'multipart/form-data; boundary=edge' },
    body: Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n--edge--\r\n')]),
  }
}

/** A proxy's word for somebody else each time. */
function visitor(): Record<string, string> {
  return { 'X-Forwarded-For': Array.from(randomBytes(4)).join('.') }
}
