import { describe, expect, it } from 'vitest'
import { Feedback } from '../../../models/feedback.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { rate, stored } from './feedback.ts'

describe('feedback', () => {
  it.each<[string, unknown]>([
    ['rating', undefined],
    ['rating', 0],
    ['rating', 6],
    ['rating', 4.5],
    ['rating', '5'],
    ['formType', 'survey'],
    ['feedbackText', 'x'.repeat(2_001)],
    ['userEmail', 'nobody'],
    ['userCompany', 'x'.repeat(201)],
    ['allowFollowup', 'yes'],
    ['website', 'x'.repeat(2_001)],
    ['clerkId', 'user_other'],
    ['captchaToken', 'x'],
  ])('is refused for its %s', async (field, value) => {
    const before = await Feedback.estimatedDocumentCount()
    const answer = await rate({ [field]: value })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual([field])
    expect(await Feedback.estimatedDocumentCount()).toBe(before)
  })

  it('says plainly what is no address', async () => {
    const { body } = await rate({ userEmail: 'nobody' })
    expect(body.detail).toBe('userEmail: is not an e-mail address')
  })

  it('may be as long as it may be', async () => {
    expectStatus(await rate({ feedbackText: '字'.repeat(2_000) }), 201)
  })

  it('of who fills the trap is answered as if it had worked, and not kept', async () => {
    const answer = await rate({ website: 'https://spam.example' })
    expectStatus(answer, 201)
    expect(answer.body).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/) })
    expect(await stored(answer.body.id)).toBeNull()
  })
})
