import { randomUUID } from 'node:crypto'
import { Contact } from '../../../models/contact.ts'
import { DemoRequest } from '../../../models/demo-request.ts'
import { IdempotencyRecord } from '../../../models/idempotency-record.ts'
import { type Answer, call } from '../../helpers/call.ts'
import type { Headers } from '../../helpers/tenant.ts'

/** An address nobody else writes from. */
export const freshAddress = () => `${randomUUID()}@example.com`

export const contactFrom = (email: string, fields: object = {}) => ({
  formType: 'contact',
  name: 'Ann Ash',
  email,
  message: 'Hello!',
  ...fields,
})

export const demoFrom = (email: string, fields: object = {}) => ({
  formType: 'demo',
  name: 'Ann Ash',
  email,
  company: 'Ash',
  businessNeeds: 'All of it.',
  ...fields,
})

let addresses = 0
/** Sends a form from an ip of its own, so that the visitors' allowance is never in the way. */
export function send(json: unknown, headers: Headers = {}): Promise<Answer> {
  addresses += 1
  const ip = `203.0.${Math.floor(addresses / 256)}.${addresses % 256}`
  return call('POST', '/api/forms', { json, headers, ip })
}

export const storedContact = (id: string) => Contact.findById(id).lean()
export const storedDemo = (id: string) => DemoRequest.findById(id).lean()

/** Whether anything is kept under an id. */
export async function isKept(id: string): Promise<boolean> {
  return (await Contact.exists({ _id: id })) !== null || (await DemoRequest.exists({ _id: id })) !== null
}

/** Leaves a tenant's requests as a process does that died before it kept their replies, a while ago. */
export async function forgetReplies(clerkId: string): Promise<void> {
  await IdempotencyRecord.updateMany({ clerkId }, { $set: { reply: null, leaseUntil: new Date(0) } })
}
