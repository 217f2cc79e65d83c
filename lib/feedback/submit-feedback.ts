import { Types } from 'mongoose'
import { Feedback } from '../../models/feedback.ts'
import type { TenantCaller, VisitorCaller } from '../auth/caller.ts'
import { isDuplicateKey } from '../db/faults.ts'
import type { FeedbackForm } from './contracts.ts'

/**
 * Keeps what somebody thought. Who fills the trap is answered as if it had worked. An `effectId` that retries
 * share makes one of them.
 */
export async function submitFeedback(
  { clerkId }: TenantCaller | VisitorCaller,
  { website, ...said }: FeedbackForm,
  effectId: string | null,
): Promise<{ id: string }> {
  const id = effectId ?? new Types.ObjectId().toHexString()
  if (website) return { id }
  const { feedbackText, userEmail, userCompany, ...rated } = said
  try {
    await Feedback.create({
      _id: id,
      ...rated,
      ...(feedbackText && { feedbackText }),
      ...(userEmail && { userEmail }),
      ...(userCompany && { userCompany }),
      ...(clerkId && { clerkId }),
    })
  } catch (error) {
    // The id is the only unique field: an earlier attempt came so far.
    if (!isDuplicateKey(error)) throw error
  }
  return { id }
}
