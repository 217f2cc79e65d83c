import { randomUUID } from 'node:crypto'
import { beforeEach, expect, it } from 'vitest'
import { eachOf } from '../../../lib/db/each.ts'
import { Feedback } from '../../../models/feedback.ts'

const said = randomUUID()
/** Fewer at once than there are, so that the server has more to give. */
const rows = () => Feedback.find({ formType: 'demo', feedbackText: said }).lean().cursor({ batchSize: 2 })

beforeEach(async () => {
  await Feedback.deleteMany({})
  const one = { formType: 'demo' as const, rating: 5, feedbackText: said }
  await Feedback.create(Array.from({ length: 9 }, () => one))
})

it('gives each document once', async () => {
  const ids = new Set<string>()
  for await (const { _id } of eachOf(rows())) ids.add(String(_id))
  expect(ids.size).toBe(9)
})

it.each([
  ['left early', () => false],
  [
    'ended by a fault',
    () => {
      throw new Error('fault')
    },
  ],
])('closes the cursor of a reading that is %s', async (_how, goesOn) => {
  const cursor = rows() as ReturnType<typeof rows> & { cursor?: { killed: boolean } }
  const read = async () => {
    for await (const _ of eachOf(cursor)) if (!goesOn()) break
  }
  await read().catch(() => {})
  expect(cursor.cursor?.killed).toBe(true)
})
