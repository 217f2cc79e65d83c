import { describe, expect, it } from 'vitest'
import { User } from '../../../models/user.ts'
import { clerkDelivery, clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { call, expectStatus } from '../../helpers/call.ts'
import { services } from '../../setup/services.ts'
import {
  deliverDeletion,
  deliverUser,
  expectOutcome,
  freshClerkId,
  seededRandom,
  shuffled,
  storedUser,
} from './identity.ts'

const count = (clerkId: string) => User.countDocuments({ clerkId })

describe('POST /api/webhooks/clerk: twice and out of order', () => {
  it('applies one delivery once, however often it comes', async () => {
    const id = freshClerkId()
    const event = { type: 'user.created', data: clerkUserData({ id, firstName: 'Ada', updatedAt: 5_000 }) }
    const { headers, body } = clerkDelivery(services.clerk.webhookSecret, event)
    const send = () => call('POST', '/api/webhooks/clerk', { headers, body })
    expectOutcome(await send(), 'created')
    const first = await storedUser(id)
    expectOutcome(await send(), 'stale')
    expect(await storedUser(id)).toEqual(first)
  })

  it('makes one user of ten equal deliveries at once', async () => {
    const id = freshClerkId()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => deliverUser('user.created', { id, updatedAt: 5_000 })),
    )
    for (const answer of answers) expectStatus(answer, 200)
    expect(answers.filter(({ body }) => body.outcome === 'created')).toHaveLength(1)
    expect(await count(id)).toBe(1)
  })

  it('lets nothing older change anything', async () => {
    const id = freshClerkId()
    await deliverUser('user.created', { id, firstName: 'New', role: 'admin', updatedAt: 9_000 })
    const before = await storedUser(id)
    for (const updatedAt of [0, 1, 8_999]) {
      expectOutcome(await deliverUser('user.updated', { id, firstName: 'Old', updatedAt }), 'stale')
    }
    expect(await storedUser(id)).toEqual(before)
  })

  it.each([11, 23, 37, 58, 71, 94])(
    'ends at the newest of 12 versions sent twice at once (seed %i)',
    async seed => {
      const id = freshClerkId()
      const versions = Array.from({ length: 12 }, (_, index) => ({
        id,
        email: `v${index}-${id}@example.com`,
        firstName: `v${index}`,
        updatedAt: 1_000 + index,
        ...(index % 2 === 1 && { role: 'admin' }),
      }))
      const random = seededRandom(seed)
      const deliveries = shuffled([...versions, ...versions], random)
      const answers = await Promise.all(
        deliveries.map(version =>
          deliverUser(version.updatedAt === 1_000 ? 'user.created' : 'user.updated', version),
        ),
      )
      for (const answer of answers) expectStatus(answer, 200)
      expect(answers.filter(({ body }) => body.outcome === 'created')).toHaveLength(1)
      expect(await count(id)).toBe(1)
      expect(await storedUser(id)).toMatchObject({
        email: `v11-${id}@example.com`,
        firstName: 'v11',
        role: 'admin',
        clerkUpdatedAt: 1_011,
      })
    },
  )

  // That both find no user and the older is first to insert one happens to a few of a hundred pairs.
  it('lets the newer of two win that both find no user yet', async () => {
    const pair = async () => {
      const id = freshClerkId()
      const older = deliverUser('user.created', { id, firstName: 'older', updatedAt: 1_000 })
      const newer = deliverUser('user.updated', { id, firstName: 'newer', updatedAt: 2_000 })
      await Promise.all([older, newer])
      return (await storedUser(id))?.firstName
    }
    for (let round = 0; round < 30; round++) {
      const winners = await Promise.all(Array.from({ length: 10 }, pair))
      expect(new Set(winners)).toEqual(new Set(['newer']))
    }
  }, 60_000)

  it.each([5, 17, 29, 43])('stays deleted whatever races with the deletion (seed %i)', async seed => {
    const id = freshClerkId()
    const random = seededRandom(seed)
    const sends = shuffled(
      [
        ...Array.from(
          { length: 8 },
          (_, index) => () => deliverUser('user.updated', { id, updatedAt: index, firstName: `v${index}` }),
        ),
        () => deliverDeletion(id),
        () => deliverDeletion(id),
      ],
      random,
    )
    for (const answer of await Promise.all(sends.map(send => send()))) expectStatus(answer, 200)
    expect(await count(id)).toBe(1)
    const deletedAt = (await storedUser(id))?.deletedAt
    expect(deletedAt).toBeInstanceOf(Date)
    expectOutcome(await deliverUser('user.updated', { id, updatedAt: 99_000 }), 'stale')
    expect((await storedUser(id))?.deletedAt).toEqual(deletedAt)
  })
})
