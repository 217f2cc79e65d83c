import { describe, expect, it } from 'vitest'
import { Feedback } from '../../../models/feedback.ts'
import { expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { forgetReplies } from '../forms/forms.ts'
import { rate, stored } from './feedback.ts'

describe('feedback', () => {
  it('is kept whole', async () => {
    const said = {
      formType: 'contact',
      rating: 5,
      feedbackText: 'Très bien',
      userCompany: 'Ash',
      allowFollowup: true,
    }
    const answer = await rate({ ...said, userEmail: ' Ann@Example.COM ' })
    expectStatus(answer, 201)
    expect(answer.body).toEqual({ id: expect.any(String) })
    expect(await stored(answer.body.id)).toMatchObject({ ...said, userEmail: 'ann@example.com' })
  })

  it('needs a rating only; what is empty is left out', async () => {
    const empty = { feedbackText: ' ', userEmail: '', userCompany: '', website: '' }
    for (const fields of [{}, empty]) {
      const { body } = await rate(fields)
      const { _id, createdAt, updatedAt, __v, ...said } = (await stored(body.id)) ?? {}
      expect(said).toEqual({ formType: 'demo', rating: 4, allowFollowup: false })
    }
  })

  it('of a caller who is known is linked to them', async () => {
    const ann = await freshTenant()
    const { headers } = await ann.newKey()
    for (const credential of [ann.session, headers]) {
      const { body } = await rate({}, credential)
      expect((await stored(body.id))?.clerkId).toBe(ann.clerkId)
    }
  })

  it('that is sent again after its answer was lost is kept once', async () => {
    const ann = await freshTenant()
    const headers = { ...ann.session, 'Idempotency-Key': 'the-same' }
    const first = await rate({}, headers)
    await forgetReplies(ann.clerkId)
    const again = await rate({}, headers)
    expectStatus(again, 201)
    expect(again.body).toEqual(first.body)
    expect(await Feedback.countDocuments({ clerkId: ann.clerkId })).toBe(1)
  })

  it('costs one command', async () => {
    await rate()
    await background.drain()
    expect(await commandsOf(() => rate())).toEqual(['insert feedbacks'])
  })
})
