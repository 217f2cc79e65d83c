import { ChatBucket } from '../../../models/chat-bucket.ts'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import { RunningAnswer } from '../../../models/running-answer.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import { inTransaction } from '../../db/transaction.ts'
import { type ChatCaller, NOT_DELETED, ownMaking } from './access.ts'

/**
 * Makes a visitor's conversations those of a signed-in person who knows their session id, also one whose first
 * answer is still being streamed. Resolves to their ids.
 */
export async function takeOver(caller: ChatCaller, sessionId: string | undefined): Promise<string[]> {
  const proof = ownMaking(sessionId)
  if (caller.kind !== 'user' || proof === undefined) return []
  const { clerkId } = caller
  const ofVisit = { clerkId: null, sessionId: proof }
  const [stored, running] = await Promise.all([
    ChatConversation.find({ ...ofVisit, ...NOT_DELETED }, { _id: 1 }).lean(),
    RunningAnswer.find(ofVisit, { conversation: 1 }).lean(),
  ])
  const ids = [...stored.map(({ _id }) => _id), ...running.map(({ conversation }) => conversation)]
  if (ids.length === 0) return []
  await inTransaction(async session => {
    const change = { $set: { clerkId } }
    await ChatConversation.updateMany({ ...ofVisit, _id: { $in: ids } }, change, { session })
    await ChatBucket.updateMany({ clerkId: null, conversation: { $in: ids } }, change, { session })
    await RunningAnswer.updateMany({ ...ofVisit, conversation: { $in: ids } }, change, { session })
  })
  return [...new Set(ids.map(id => id.toHexString()))]
}

/** Who has a visitor's conversation now: an answer under way when it was taken over belongs to them. */
export async function ownerNow(id: string, sessionId: string): Promise<string | null> {
  const found = await ChatConversation.findOne({ _id: id, sessionId, ...NOT_DELETED }, { clerkId: 1 })
    .setOptions(ACROSS_TENANTS)
    .lean()
  return found?.clerkId ?? null
}
