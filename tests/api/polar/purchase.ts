import { expect } from 'vitest'
import { User } from '../../../models/user.ts'
import { type CallOptions, expectStatus } from '../../helpers/call.ts'
import type { Tenant } from '../../helpers/tenant.ts'

type Plan = 'professional' | 'enterprise'

/** Begins to pay for a plan. */
export async function beginCheckout(
  tenant: Tenant,
  json: { plan: Plan; successUrl?: string } = { plan: 'professional' },
  options: CallOptions = {},
): Promise<{ id: string; url: string }> {
  const answer = await tenant.call('POST', '/api/polar/checkout', { json, ...options })
  expectStatus(answer, 201)
  return answer.body
}

/** Pays on Polar's own page, as a customer would; gives where Polar sends them. */
export async function pay(url: string): Promise<string | null> {
  const answer = await fetch(`${url}/pay`, { method: 'POST', redirect: 'manual' })
  expect(answer.status).toBe(303)
  return answer.headers.get('location')
}

/** Buys a plan; the test run's stand-in sends its events nowhere, so that they are missed. */
export async function buyUnheard(tenant: Tenant, plan: Plan = 'professional'): Promise<void> {
  await pay((await beginCheckout(tenant, { plan })).url)
}

/** Presses a button of the customer portal for the first subscription there. */
export async function inPortal(tenant: Tenant, action: 'cancel' | 'end'): Promise<void> {
  const opened = await tenant.call('POST', '/api/polar/portal')
  expectStatus(opened, 201)
  const page = await (await fetch(opened.body.url)).text()
  const form = /<form method="post" action="([^"]+)"/.exec(page)?.[1]
  if (!form) throw new Error(`no subscription in the portal: ${page}`)
  const body = new URLSearchParams({ action })
  const answer = await fetch(new URL(form, opened.body.url), { method: 'POST', body, redirect: 'manual' })
  expect(answer.status).toBe(303)
}

/** When Polar is to be asked about a user. */
export async function checkAtOf(clerkId: string): Promise<Date | null> {
  const user = await User.findOne({ clerkId }, { polarCheckAt: 1 }).lean()
  return user?.polarCheckAt ?? null
}

/** Lets the time of a user's check pass. */
export async function makeDue(clerkId: string, minutesAgo = 1): Promise<void> {
  const polarCheckAt = new Date(Date.now() - minutesAgo * 60_000)
  await User.updateOne({ clerkId }, { $set: { polarCheckAt } })
}
