import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { Types } from 'mongoose'
import { appendExchange } from '../../../lib/chat/internal/append.ts'
import { reserveFile } from '../../../lib/knowledge/internal/reservation.ts'
import { storeBytes } from '../../../lib/knowledge/internal/store-bytes.ts'
import { findAccount } from '../../../lib/users/account.ts'
import { EventFigures } from '../../../models/event-figures.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { RunningAnswer } from '../../../models/running-answer.ts'
import { UsageFigures } from '../../../models/usage-figures.ts'
import { polarCustomer, polarSubscription } from '../../../scripts/local/polar/payloads.ts'
import { type Answer, expectStatus } from '../../helpers/call.ts'
import { fileForm, uploadAndWait } from '../../helpers/files.ts'
import { deliverPolar, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'

const MiB = 1024 * 1024

/** Somebody with at least one of everything that is kept. */
export type FullTenant = Tenant & {
  /** A word that is in each text of theirs and nowhere else. */
  mark: string
  conversationId: string
  messageCount: number
  /** A file whose bytes are whole, and what these are. */
  file: { id: string; content: Buffer }
  sharedFileId: string
}

export async function fullTenant(): Promise<FullTenant> {
  const tenant = await freshTenant({ role: 'admin', plan: 'enterprise' })
  const mark = `mark${randomUUID().slice(0, 8)}`
  const { key, id, headers } = await tenant.newKey(mark)
  const revoked = await tenant.newKey(`${mark} revoked`)
  expectStatus(await tenant.call('DELETE', `/api/app/api-keys?keyId=${revoked.id}`), 200)
  const conversation = await longConversation(tenant, mark)
  const made = { file: await someFiles(tenant, mark), ...(await sharedFile(tenant)) }
  await forms(tenant, mark, headers)
  await billing(tenant)
  await figures(tenant, mark)
  await background.drain()
  if (!key || !id) throw new Error('no key')
  return { ...tenant, mark, ...conversation, ...made }
}

async function longConversation(tenant: Tenant, mark: string) {
  const json = { message: `Remember ${mark}` }
  const asked = await tenant.call('POST', '/api/ai?provider=openai&action=chat', {
    json,
    headers: { 'Idempotency-Key': randomUUID() },
  })
  expectStatus(asked, 200)
  const { conversationId } = asked.body
  const exchanges = 30
  for (let n = 0; n < exchanges; n++) {
    const at = Date.now() + 60_000 + n * 2
    const said = (role: 'user' | 'assistant', later: number) => ({
      role,
      content: `${role} ${n} ${mark} ${'x'.repeat(20_000)}`,
      timestamp: new Date(at + later),
      effectId: new Types.ObjectId().toHexString(),
    })
    await appendExchange({ id: conversationId, sessionId: 's', isNew: false, recent: [] }, tenant.clerkId, {
      question: said('user', 0),
      answer: said('assistant', 1),
      userEmail: tenant.email,
      metadata: {},
      effectId: null,
    })
  }
  const running = { conversation: new Types.ObjectId(conversationId as string), sessionId: mark }
  const expiresAt = new Date(Date.now() + 3_600_000)
  await RunningAnswer.create({ ...running, clerkId: tenant.clerkId, expiresAt })
  const gone = await tenant.call('POST', '/api/ai?provider=openai&action=chat', { json })
  expectStatus(await tenant.call('DELETE', `/api/app/conversations/${gone.body.conversationId}`), 200)
  return { conversationId: conversationId as string, messageCount: exchanges * 2 + 2 }
}

/** One that is ready, one that failed, one that never arrived whole, and what remains of another. */
async function someFiles(tenant: Tenant, mark: string) {
  const { clerkId } = tenant
  const content = Buffer.from(`The lighthouse keeper counts ships. Each night he writes ${mark}.`)
  const { id } = await uploadAndWait(tenant, fileForm(content, `../${mark} é.txt`))
  const failed = await uploadAndWait(tenant, fileForm('Nothing is wrong with this.', `${mark}-failed.txt`))
  await KnowledgeFile.updateOne(
    { _id: failed.id, clerkId },
    { $set: { status: 'failed' as const, error: 'It was a bad day.' } },
  )
  for (const shared of [false, true]) await unfinishedUpload(clerkId, mark, shared)
  return { id: id as string, content }
}

async function unfinishedUpload(clerkId: string, mark: string, shared: boolean): Promise<void> {
  const account = await findAccount(clerkId)
  if (!account) throw new Error('no account')
  const direct = { mimeType: 'text/plain', shared, abandonedAt: new Date(Date.now() + 3_600_000) }
  const asked = { fileId: null, name: `${mark}.bin`, bytes: 3 * MiB, ...(shared && { direct }) }
  const reservation = await reserveFile(account, asked)
  const breaking = Readable.from(
    (async function* () {
      yield Buffer.alloc(MiB + 10, mark)
      throw new Error('the sender is gone')
    })(),
    { objectMode: false },
  )
  await storeBytes(reservation, reservation.path, breaking, null).catch(() => {})
}

async function sharedFile(tenant: Tenant): Promise<{ sharedFileId: string }> {
  const form = fileForm('Everybody may read how to tie a bowline.', 'shared.txt', 'text/plain', {
    shared: 'true',
  })
  const { id } = await uploadAndWait(tenant, form)
  return { sharedFileId: id }
}

async function forms({ call, email }: Tenant, mark: string, key: Record<string, string>): Promise<void> {
  const sender = { name: mark, email, company: mark }
  const expected: [Promise<Answer>, number][] = [
    [call('POST', '/api/forms', { json: { formType: 'contact', ...sender, message: mark } }), 201],
    [call('POST', '/api/forms', { json: { formType: 'demo', ...sender, businessNeeds: mark } }), 201],
    [
      call('POST', '/api/forms', {
        json: { formType: 'demo', ...sender, businessNeeds: mark },
        headers: key,
      }),
      201,
    ],
    [call('POST', '/api/feedback', { json: { formType: 'demo', rating: 1, feedbackText: mark } }), 201],
    [
      call('POST', '/api/feedback', {
        json: { formType: 'demo', rating: 2, userEmail: email },
        headers: key,
      }),
      201,
    ],
    [call('POST', '/api/analytics', { json: { event: mark, metadata: { mark } } }), 202],
    [call('POST', '/api/analytics', { json: { event: mark }, headers: key }), 202],
  ]
  for (const [answer, status] of expected) expectStatus(await answer, status)
}

/** What days and hours that are over came to. */
async function figures({ clerkId }: Tenant, mark: string): Promise<void> {
  const start = new Date('2026-01-09')
  const expiresAt = new Date(Date.now() + 3_600_000)
  for (const unit of ['day', 'hour'] as const) {
    const of = { clerkId, unit, start, expiresAt }
    await UsageFigures.create({ ...of, total: { requests: 1 }, times: '', endpoints: [] })
    await EventFigures.create({ ...of, event: mark, count: 1, hours: [{ start, count: 1 }] })
  }
}

/** Events of each kind and status, by which Polar names this customer in each way there is. */
async function billing({ clerkId, email }: Tenant): Promise<void> {
  const { products } = services.polar
  const customer = polarCustomer({ externalId: clerkId, email })
  const subscription = {
    externalId: null,
    customerId: customer.id,
    email,
    productId: products.professional,
    products,
  }
  const told: [string, unknown][] = [
    ['subscription.updated', polarSubscription(subscription)],
    ['customer.created', customer],
    ['customer.updated', polarCustomer({ externalId: null, email: email.toUpperCase() })],
    ['order.paid', { id: randomUUID(), customer_id: customer.id, customer: { id: customer.id, email } }],
    ['checkout.updated', { id: randomUUID(), external_customer_id: clerkId, customer_email: email }],
    ['subscription.canceled', { id: 'of no sense', customer }],
  ]
  for (const [type, data] of told) expectStatus(await deliverPolar(type, data), 200)
}
