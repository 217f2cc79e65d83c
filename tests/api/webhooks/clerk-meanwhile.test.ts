import { afterAll, describe, expect, it } from 'vitest'
import { User } from '../../../models/user.ts'
import { type ClerkProfile, clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { listen } from '../../../scripts/local/http.ts'
import { type Answer, call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { services } from '../../setup/services.ts'
import { deliverDeletion, deliverUser, expectOutcome, freshClerkId, storedUser } from './identity.ts'

let profile: ClerkProfile
let meanwhile: () => Promise<void>

/** Clerk's API, whose answers are overtaken by what happens before they arrive. */
const slowClerk = await listen(async () => {
  const answer = Response.json(clerkUserData(profile))
  await meanwhile()
  return answer
})
afterAll(slowClerk.close)
// Read when the first request comes, hence before any test runs.
process.env.CLERK_API_URL = slowClerk.url

/** The first request of a user, during which `work` is done while Clerk is being asked who they are. */
async function visitDuring(id: string, work: () => Promise<void>): Promise<Answer> {
  profile = { id, firstName: 'Asked', role: 'admin', updatedAt: 5_000 }
  meanwhile = work
  const headers = { Authorization: `Bearer ${await services.clerk.sessionToken(id)}` }
  const answer = await call('GET', '/api/app/me', { headers })
  expect(await User.countDocuments({ clerkId: id })).toBe(1)
  return answer
}

describe('a webhook that comes while Clerk is asked about a new user', () => {
  it.each([
    ['newer', 6_000, { firstName: 'Told', role: 'user', clerkUpdatedAt: 6_000 }],
    ['as new', 5_000, { firstName: 'Told', role: 'user', clerkUpdatedAt: 5_000 }],
    ['older', 4_000, { firstName: 'Asked', role: 'admin', clerkUpdatedAt: 5_000 }],
  ])('is merged when it is %s', async (_how, updatedAt, expected) => {
    const id = freshClerkId()
    const answer = await visitDuring(id, async () => {
      expectOutcome(await deliverUser('user.created', { id, firstName: 'Told', updatedAt }), 'created')
    })
    expectStatus(answer, 200)
    const { firstName, role } = expected
    expect(answer.body).toMatchObject({ clerkId: id, firstName, role })
    expect(await storedUser(id)).toMatchObject(expected)
  })

  it('wins when it deletes: the session revives nobody', async () => {
    const id = freshClerkId()
    const answer = await visitDuring(id, async () => {
      expectOutcome(await deliverDeletion(id), 'deleted')
    })
    expectProblem(answer, 403, 'account_inactive')
    expect(await storedUser(id)).toMatchObject({ deletedAt: expect.any(Date), role: 'user', firstName: null })
  })

  it('wins when it creates and deletes', async () => {
    const id = freshClerkId()
    const answer = await visitDuring(id, async () => {
      expectOutcome(await deliverUser('user.created', { id, updatedAt: 4_000 }), 'created')
      expectOutcome(await deliverDeletion(id), 'deleted')
    })
    expectProblem(answer, 403, 'account_inactive')
    expect((await storedUser(id))?.clerkUpdatedAt).toBe(4_000)
  })
})
