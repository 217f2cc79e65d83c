import { ApiKey } from '../../models/api-key.ts'
import { KnowledgeFile } from '../../models/knowledge-file.ts'
import { PolarEvent } from '../../models/polar-event.ts'
import { User } from '../../models/user.ts'
import { clerkUserData } from '../../scripts/local/clerk/webhooks.ts'
import { polarSubscription } from '../../scripts/local/polar/payloads.ts'
import { type Answer, expectStatus } from '../helpers/call.ts'
import { fileForm, uploadAndWait } from '../helpers/files.ts'
import { deliverClerk, deliverPolar, freshTenant, type Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { freshPerson, type Person } from './people.ts'

/** Somebody with one of everything the API keeps. */
export type Victim = Person & {
  /** A word that is in the name, address, key, file and messages of this victim and nowhere else. */
  mark: string
  fileId: string
  failedFileId: string
  conversationId: string
  sessionId: string
  /** A revoked key that can be restored for an hour. */
  restorableKeyId: string
  checkoutId: string
  /** A billing event that failed. */
  eventId: string
  contactId: string
  demoRequestId: string
  userId: string
  /** Of somebody else, who is suspended. */
  suspendedUserId: string
  /** What nobody else may learn. */
  secrets: string[]
}

export async function freshVictim(): Promise<Victim> {
  const person = await freshPerson()
  const { tenant, keyId } = person
  const mark = tenant.clerkId.replace('user_', 'mark_')
  const email = `${mark}@example.com`
  const profile = clerkUserData({ id: tenant.clerkId, email, firstName: mark, updatedAt: Date.now() + 1 })
  expectStatus(await deliverClerk('user.updated', profile), 200)
  await ApiKey.updateOne({ _id: keyId, clerkId: tenant.clerkId }, { $set: { name: mark } })
  const text = `The lighthouse keeper counts ships. Each night he writes ${mark}.`
  const { id: fileId } = await uploadAndWait(tenant, fileForm(text, `${mark}.txt`))
  const { conversationId, sessionId } = await chatOf(tenant, mark)
  const made = {
    mark,
    fileId,
    failedFileId: await failedFile(tenant, mark),
    conversationId,
    sessionId,
    restorableKeyId: await restorableKey(tenant),
    checkoutId: await checkoutOf(tenant),
    eventId: await failedEvent(tenant),
    userId: await userIdOf(tenant),
    suspendedUserId: await suspendedUser(),
    ...(await sentBy(tenant, mark)),
  }
  const { checkoutId, eventId, failedFileId, restorableKeyId, contactId, demoRequestId, userId } = made
  const ids = [
    fileId,
    failedFileId,
    conversationId,
    keyId,
    restorableKeyId,
    checkoutId,
    eventId,
    contactId,
    demoRequestId,
    userId,
    tenant.clerkId,
  ]
  return { ...person, ...made, secrets: [mark, ...ids] }
}

/** A file that failed, for a reason that is over. */
async function failedFile(tenant: Tenant, mark: string): Promise<string> {
  const { id } = await uploadAndWait(tenant, fileForm('Nothing is wrong with this.', `${mark}-again.txt`))
  const failure = { status: 'failed' as const, error: 'It was a bad day.' }
  await KnowledgeFile.updateOne({ _id: id, clerkId: tenant.clerkId }, { $set: failure })
  return id
}

async function userIdOf({ call }: Tenant): Promise<string> {
  const { body } = await call('GET', '/api/app/me')
  return body.id
}

async function suspendedUser(): Promise<string> {
  const { clerkId } = await freshTenant()
  const suspension = { at: new Date(), until: null, reason: 'abuse' }
  const found = await User.findOneAndUpdate({ clerkId }, { $set: { suspension } }).lean()
  if (!found) throw new Error('no user')
  return found._id.toHexString()
}

/** What the tenant sent through each form, and an event of its own. */
async function sentBy({ call, email }: Tenant, mark: string) {
  const sender = { name: mark, email, company: mark }
  const contact = { formType: 'contact', ...sender, message: mark }
  const demo = { formType: 'demo', ...sender, businessNeeds: mark }
  const sent = [
    await call('POST', '/api/forms', { json: contact }),
    await call('POST', '/api/forms', { json: demo }),
    await call('POST', '/api/feedback', { json: { formType: 'demo', rating: 1, feedbackText: mark } }),
  ]
  for (const answer of sent) expectStatus(answer, 201)
  expectStatus(await call('POST', '/api/analytics', { json: { event: mark } }), 202)
  return { contactId: sent[0]?.body.id as string, demoRequestId: sent[1]?.body.id as string }
}

async function chatOf(tenant: Tenant, mark: string): Promise<Answer['body']> {
  const json = { message: `Remember ${mark}` }
  const answer = await tenant.call('POST', '/api/ai?provider=openai&action=chat', { json })
  expectStatus(answer, 200)
  return answer.body
}

/** Revoked an hour from now, so that however slow the tests are the time to restore it is not over. */
async function restorableKey({ clerkId, newKey }: Tenant): Promise<string> {
  const { id } = await newKey()
  const revokedAt = new Date(Date.now() + 3_600_000)
  await ApiKey.updateOne({ _id: id, clerkId }, { $set: { revokedAt } })
  return id
}

/** A checkout that Polar knows to be this tenant's. */
async function checkoutOf({ clerkId, email }: Tenant): Promise<string> {
  const { apiUrl, accessToken, products } = services.polar
  const response = await fetch(`${apiUrl}/v1/checkouts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      products: [products.professional],
      external_customer_id: clerkId,
      customer_email: email,
    }),
  })
  const { id } = (await response.json()) as { id: string }
  return id
}

async function failedEvent({ clerkId, email }: Tenant): Promise<string> {
  const { products } = services.polar
  const data = polarSubscription({ externalId: clerkId, email, productId: products.enterprise, products })
  const id = `msg_${clerkId}`
  expectStatus(await deliverPolar('subscription.updated', data, { id }), 200)
  const change = { $set: { status: 'failed' as const, error: 'tried in vain', processedAt: null } }
  const stored = await PolarEvent.findOneAndUpdate({ eventId: id }, change).lean()
  if (!stored) throw new Error('the event was not stored')
  return stored._id.toHexString()
}
