import { describe, expect, it } from 'vitest'
import { User } from '../../../models/user.ts'
import { clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import {
  deliverDeletion,
  deliverUser,
  expectOutcome,
  freshClerkId,
  storedUser,
} from '../../api/webhooks/identity.ts'
import { type Answer, call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { services } from '../../setup/services.ts'

const { clerk } = services

/** Tells Clerk's stand-in who a user is. */
async function clerkKnows(profile: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${clerk.apiUrl}/local/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${clerk.secretKey}` },
    body: JSON.stringify(profile),
  })
  expect(response.status).toBe(200)
}

async function visit(clerkId: string): Promise<Answer> {
  const token = await clerk.sessionToken(clerkId)
  return call('GET', '/api/app/me', { headers: { Authorization: `Bearer ${token}` } })
}

describe('the first request of a user whose user.created has not come', () => {
  it('makes the user from what Clerk says', async () => {
    const id = freshClerkId()
    await clerkKnows({
      id,
      email: `Ada-${id}@example.org`,
      firstName: 'Ada',
      lastName: 'Lovelace',
      imageUrl: 'https://img.example.org/a.png',
      role: 'admin',
      updatedAt: 1_700_000_000_000,
    })
    const answer = await visit(id)
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({
      clerkId: id,
      email: `ada-${id}@example.org`,
      firstName: 'Ada',
      lastName: 'Lovelace',
      imageUrl: 'https://img.example.org/a.png',
      role: 'admin',
      plan: 'starter',
    })
    expect((await storedUser(id))?.clerkUpdatedAt).toBe(1_700_000_000_000)
  })

  it('asks Clerk once only', async () => {
    const id = freshClerkId()
    const before = clerk.requests()
    await visit(id)
    await visit(id)
    expect(clerk.requests() - before).toBe(1)
  })

  it('is merged by the webhook: the same version changes nothing, a newer one wins, an older one does not', async () => {
    const id = freshClerkId()
    const profile = { id, email: `${id}@example.org`, firstName: 'Ada', updatedAt: 5_000 }
    await clerkKnows(profile)
    const first = await visit(id)
    expectOutcome(await deliverUser('user.created', profile), 'stale')
    expectOutcome(
      await deliverUser('user.created', { ...profile, firstName: 'Old', updatedAt: 4_000 }),
      'stale',
    )
    expect((await visit(id)).body.firstName).toBe('Ada')
    expectOutcome(
      await deliverUser('user.updated', { ...profile, firstName: 'New', updatedAt: 6_000 }),
      'updated',
    )
    const last = await visit(id)
    expect(last.body).toMatchObject({ id: first.body.id, firstName: 'New' })
  })

  it.each([1, 2, 3, 4])('makes one user of ten at once and the webhook (round %i)', async round => {
    const id = freshClerkId()
    const profile = { id, email: `${id}@example.org`, firstName: 'Ada', updatedAt: 5_000 }
    await clerkKnows(profile)
    const newer = { ...profile, firstName: 'Newer', updatedAt: 6_000 }
    const visits = Array.from({ length: 10 }, () => () => visit(id))
    const webhook = () => deliverUser('user.updated', round % 2 ? newer : profile)
    visits.splice(round * 2, 0, webhook)
    const answers = await Promise.all(visits.map(send => send()))
    for (const answer of answers) expectStatus(answer, 200)
    expect(await User.countDocuments({ clerkId: id })).toBe(1)
    const ids = answers.flatMap(({ body }) => (body.clerkId ? [body.id] : []))
    expect(new Set(ids).size).toBe(1)
    expect((await storedUser(id))?.firstName).toBe(round % 2 ? 'Newer' : 'Ada')
  })

  it.each([1, 2, 3, 4])('never outruns a deletion (round %i)', async () => {
    const id = freshClerkId()
    const answers = await Promise.all([visit(id), visit(id), deliverDeletion(id), visit(id)])
    for (const { status } of answers) expect([200, 403]).toContain(status)
    expectProblem(await visit(id), 403, 'account_inactive')
    expect(await User.countDocuments({ clerkId: id })).toBe(1)
  })

  it('can be a POST that writes at once', async () => {
    const token = await clerk.sessionToken(freshClerkId())
    const headers = { Authorization: `Bearer ${token}` }
    expectStatus(await call('POST', '/api/app/api-keys', { headers, json: {} }), 201)
  })
})

describe('a session Clerk cannot tell more about', () => {
  it('is refused when Clerk does not know the person', async () => {
    const id = `user_missing_${freshClerkId()}`
    expectProblem(await visit(id), 401, 'unauthenticated')
    expect(await storedUser(id)).toBeNull()
  })

  it('is refused when the person has no address', async () => {
    const id = freshClerkId()
    await clerkKnows({ id, email: null })
    expectProblem(await visit(id), 401, 'unauthenticated')
    expect(await storedUser(id)).toBeNull()
  })

  it('works from then on when an address comes', async () => {
    const id = freshClerkId()
    await clerkKnows({ id, email: null })
    await visit(id)
    expectOutcome(await deliverUser('user.updated', clerkProfileOf(id)), 'created')
    expectStatus(await visit(id), 200)
  })
})

function clerkProfileOf(id: string) {
  const { first_name, updated_at } = clerkUserData({ id, firstName: 'Ada' })
  return { id, firstName: first_name, updatedAt: updated_at }
}
