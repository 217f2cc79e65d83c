import { submitFeedbackContract } from '../lib/feedback/contracts.ts'
import { submitFeedback } from '../lib/feedback/submit-feedback.ts'
import { created, otherMethods, route } from '../lib/route.ts'

export const POST = route(submitFeedbackContract, async ({ caller, body, effectId }) =>
  created(await submitFeedback(caller, body, effectId)),
)
export const { GET, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ POST })
