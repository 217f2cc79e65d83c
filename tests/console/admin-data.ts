import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { PolarEvent } from '../../models/polar-event.ts'
import { expectStatus } from '../helpers/call.ts'
import { deliverPolar, freshTenant, type Tenant } from '../helpers/tenant.ts'

/** Text that would do something if it were taken for markup. */
export const HOSTILE = '<img src=x onerror="alert(1)"><b>Bold</b>'

/** Sends a form as somebody signed in, whom no limit of visitors holds up; gives its id. */
export async function sendForm(form: Record<string, unknown>, sender?: Tenant): Promise<string> {
  const { call } = sender ?? (await freshTenant())
  const answer = await call('POST', '/api/forms', { json: form })
  expectStatus(answer, answer.status === 200 ? 200 : 201)
  return answer.body.id
}

/** A contact form of an address nobody else has. */
export function contactForm(given: Record<string, unknown> = {}) {
  return {
    formType: 'contact',
    name: 'Grace Hopper',
    email: `${randomUUID()}@example.com`,
    message: 'Do you speak COBOL?',
    ...given,
  }
}

export function demoForm(given: Record<string, unknown> = {}) {
  return {
    formType: 'demo',
    name: 'Edsger Dijkstra',
    email: `${randomUUID()}@example.com`,
    company: 'Shortest Paths',
    businessNeeds: 'Fewer detours.',
    ...given,
  }
}

/** Feedback of a person of their own. */
export async function sendFeedback(given: Record<string, unknown> = {}): Promise<void> {
  const { call } = await freshTenant()
  expectStatus(
    await call('POST', '/api/feedback', { json: { formType: 'contact', rating: 4, ...given } }),
    201,
  )
}

/** Delivers a billing event and gives Polar's id of it. */
export async function deliverEvent(data: unknown, type = 'subscription.active'): Promise<string> {
  const eventId = randomUUID()
  await deliverPolar(type, data, { id: eventId })
  const stored = await PolarEvent.exists({ eventId })
  if (!stored) throw new Error('the event was not stored')
  return eventId
}

/** Opens a page for admins by the navigation. */
export async function openAdmin(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Admin' }).getByRole('link', { name, exact: true }).click()
}
