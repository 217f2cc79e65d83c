import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { clerkDelivery, clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { call, expectProblem } from '../../helpers/call.ts'
import { services } from '../../setup/services.ts'
import { expectOutcome, freshClerkId, storedUser } from './identity.ts'

const newSecret = () => `whsec_${randomBytes(24).toString('base64')}`
const current = services.clerk.webhookSecret
const next = newSecret()

// Read when the first request comes, hence before any test runs.
process.env.CLERK_WEBHOOK_SECRET = ` ${current} , ${next},`

async function deliverWith(secret: string) {
  const id = freshClerkId()
  const { headers, body } = clerkDelivery(secret, { type: 'user.created', data: clerkUserData({ id }) })
  return { id, answer: await call('POST', '/api/webhooks/clerk', { headers, body }) }
}

it('accepts both secrets while they overlap', async () => {
  for (const secret of [current, next]) {
    const { id, answer } = await deliverWith(secret)
    expectOutcome(answer, 'created')
    expect(await storedUser(id)).not.toBeNull()
  }
})

it('refuses a third one', async () => {
  const { id, answer } = await deliverWith(newSecret())
  expectProblem(answer, 401, 'invalid_signature')
  expect(await storedUser(id)).toBeNull()
})
