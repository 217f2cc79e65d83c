import type { Types } from 'mongoose'
import { ChatBucket } from '../../models/chat-bucket.ts'
import { ChatConversation } from '../../models/chat-conversation.ts'
import type { ChatMessage } from '../../models/chat-message.ts'
import { RunningAnswer } from '../../models/running-answer.ts'
import { eachOf } from '../db/each.ts'
import type { Holding, Owner } from '../privacy/holding.ts'
import { plainHolding, removeRows } from '../privacy/rows.ts'

/** A bucket has up to 1 MiB. */
const BUCKETS_AT_ONCE = 2

/** The buckets go before the conversations that lead to them. */
export const messages: Holding = {
  name: 'messages',
  about: 'What was said in your conversations: one row a message, those of a conversation in order.',
  collections: ['chatbuckets', 'runninganswers'],
  async *rows(owner) {
    const found = ChatConversation.find(owner, { _id: 1 }).lean().cursor()
    for await (const { _id } of eachOf(found)) yield* messagesOf(owner, _id)
  },
  async remove({ clerkId }, deadline) {
    const isClear = await removeRows(RunningAnswer, { clerkId }, deadline)
    return isClear && (await removeRows(ChatBucket, { clerkId }, deadline))
  },
}

export const conversations = plainHolding({
  name: 'conversations',
  about: 'Your conversations with models, deleted ones that are still kept too, without their messages.',
  model: ChatConversation,
  hidden: { messages: 0, heldBytes: 0, heldCount: 0, spilledCount: 0, spilledUntil: 0, spills: 0 },
})

/** The spilled messages and then those that the conversation holds; some of these may spill meanwhile. */
async function* messagesOf({ clerkId }: Owner, conversation: Types.ObjectId): AsyncGenerator<object> {
  let read = 0
  let expected = 0
  for (;;) {
    for await (const bucket of bucketsOf(clerkId, conversation, read)) {
      for (const message of bucket.messages) yield rowOf(conversation, message)
      read = bucket.from + bucket.messages.length
    }
    const fields = { messages: 1, spilledCount: 1 } as const
    const held = await ChatConversation.findOne({ _id: conversation, clerkId }, fields).lean()
    const spilled = held?.spilledCount ?? 0
    // What was looked for twice in vain is lost.
    if (spilled > read && spilled > expected) expected = spilled
    else {
      for (const message of held?.messages ?? []) yield rowOf(conversation, message)
      return
    }
  }
}

function bucketsOf(clerkId: string, conversation: Types.ObjectId, from: number) {
  const found = ChatBucket.find({ clerkId, conversation, from: { $gte: from } }, { from: 1, messages: 1 })
    .sort({ from: 1 })
    .lean()
    .cursor({ batchSize: BUCKETS_AT_ONCE })
  return eachOf(found)
}

function rowOf(conversationId: Types.ObjectId, { effectId, ...message }: ChatMessage): object {
  return { conversationId, ...message }
}
