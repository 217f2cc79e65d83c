import { randomUUID } from 'node:crypto'
import { clientOf, type Send } from '../../scripts/demo/client.ts'
import type { Stack } from '../../scripts/dev/stack.ts'
import { clerkDelivery, clerkUserData } from '../../scripts/local/clerk/webhooks.ts'

/** A client that nobody else's requests count against. */
export async function newUser(stack: Stack): Promise<Send> {
  return clientOf(stack.url, await signUp(stack))
}

/** The session token of somebody new. */
export async function signUp({ url, services: { clerk } }: Stack): Promise<string> {
  if (!clerk) throw new Error('this test signs in through the stand-in')
  const id = `user_${randomUUID().replaceAll('-', '')}`
  const data = clerkUserData({ id, email: `${id}@example.com` })
  const delivery = clerkDelivery(clerk.webhookSecret, { type: 'user.created', data })
  await fetch(`${url}/api/webhooks/clerk`, { method: 'POST', ...delivery })
  return clerk.sessionToken(id)
}
