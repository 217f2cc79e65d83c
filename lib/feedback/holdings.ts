import { Feedback } from '../../models/feedback.ts'
import { plainHolding } from '../privacy/rows.ts'

export const feedback = plainHolding({
  name: 'feedback',
  about: 'What you told us about our forms and demos.',
  model: Feedback,
})
