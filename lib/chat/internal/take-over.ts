import { ChatBucket } from '../../../models/chat-bucket.ts'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import { RunningAnswer } from '../../../models/running-answer.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import { inTransaction } from '../../db/transaction.ts'
import { type ChatCaller, NOT_DELETED, ownMaking } from './access.ts'

/**
 * Makes a visitor's conversations those of a signed-in person who knows their session id. Resolves to whether
 * there were any.
 */
export async function takeOver(caller: ChatCaller, sessionId: string | undefined): Promise<boolean> {
  const proof = ownMaking(sessionId)
  if (caller.kind !== 'user' || proof === undefined) return false
  const { clerkId } = caller
  const visitors = { clerkId: null, sessionId: proof, ...NOT_DELETED }
  if (!(await ChatConversation.exists(visitors))) return false
  return inTransaction(async session => {
    const found = await ChatConversation.find(visitors, { _id: 1 }, { session }).lean()
    const ids = found.map(({ _id }) => _id)
    const parts = { clerkId: null, conversation: { $in: ids } }
    await ChatConversation.updateMany({ ...visitors, _id: { $in: ids } }, { $set: { clerkId } }, { session })
    await ChatBucket.updateMany(parts, { $set: { clerkId } }, { session })
    await RunningAnswer.updateMany(parts, { $set: { clerkId } }, { session })
    return ids.length > 0
  })
}

/** Who has a visitor's conversation now: an answer under way when it was taken over belongs to them. */
export async function ownerNow(id: string, sessionId: string): Promise<string | null> {
  const found = await ChatConversation.findOne({ _id: id, sessionId, ...NOT_DELETED }, { clerkId: 1 })
    .setOptions(ACROSS_TENANTS)
    .lean()
  return found?.clerkId ?? null
}
