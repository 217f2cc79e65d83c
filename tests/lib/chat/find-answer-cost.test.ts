import { Types } from 'mongoose'
import { expect, it } from 'vitest'
import { findAnswer } from '../../../lib/chat/internal/append.ts'
import { connect } from '../../../lib/db/connect.ts'
import { explained } from '../../helpers/explain.ts'

const BUCKETS = 40
const clerkId = 'user_of_a_long_conversation'
const conversation = new Types.ObjectId()
const effectOf = (index: number) => index.toString(16).padStart(24, '0')

it('an earlier answer is found in one bucket of many, and its absence without a look into any', async () => {
  const buckets = Array.from({ length: BUCKETS }, (_, index) => ({
    conversation,
    clerkId,
    from: index,
    messages: [
      { role: 'assistant', content: 'Yes', timestamp: new Date(index), effectId: effectOf(index) },
      { role: 'user', content: 'Really?', timestamp: new Date(index) },
    ],
  }))
  await (await connect()).collection('chatbuckets').insertMany(buckets)
  const find = (effectId: string) => () => findAnswer(conversation.toHexString(), clerkId, effectId)
  expect(await find(effectOf(7))()).toMatchObject({ message: { timestamp: new Date(7) } })
  const there = await explained('chatbuckets', find(effectOf(7)))
  expect(there).toMatchObject({ returned: 1, keysExamined: 1, docsExamined: 1 })
  const missing = await explained('chatbuckets', find(effectOf(BUCKETS)))
  expect(missing).toMatchObject({ returned: 0, keysExamined: 0, docsExamined: 0 })
})
