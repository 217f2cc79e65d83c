import type { QueryFilter } from 'mongoose'
import { ChatBucket } from '../../models/chat-bucket.ts'
import { ChatConversation, type ChatConversationDocument } from '../../models/chat-conversation.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { hasTime } from '../deadline.ts'

/** Days after which a deleted conversation goes, and a silent one is put away. */
const KEPT_DAYS = 90
const DAY_MS = 24 * 60 * 60 * 1000
const BATCH = 200
/** The longest that one run goes on to the next batch. */
const MOST_MS = 60_000

export type RetentionReport = { removed: number; archived: number }

/**
 * Removes the conversations of all tenants that were deleted more than 90 days ago, and archives the active ones
 * in which nothing was said for 90 days; oldest first, batch by batch, as far as time allows. Two runs at once
 * count each conversation once.
 */
export async function retainConversations({
  until = new Date(Date.now() + MOST_MS),
}: {
  until?: Date
} = {}): Promise<RetentionReport> {
  const removed = await inBatches(removeDeleted, until)
  const archived = await inBatches(archiveSilent, until)
  return { removed, archived }
}

type Batch = { found: number; done: number }

async function inBatches(work: () => Promise<Batch>, until: Date): Promise<number> {
  let total = 0
  while (hasTime({ until })) {
    const { found, done } = await work()
    total += done
    if (found < BATCH) break
  }
  return total
}

/** The buckets go first: should the process end in between, the conversation is found again. */
async function removeDeleted(): Promise<Batch> {
  const filter = { conversationStatus: 'deleted' as const, updatedAt: { $lt: longAgo() } }
  const ids = await idsOf(filter, { updatedAt: 1 })
  await ChatBucket.deleteMany({ conversation: { $in: ids } }, ACROSS_TENANTS)
  const { deletedCount } = await ChatConversation.deleteMany({ ...filter, _id: { $in: ids } }, ACROSS_TENANTS)
  return { found: ids.length, done: deletedCount }
}

async function archiveSilent(): Promise<Batch> {
  const filter = { conversationStatus: 'active' as const, lastMessageAt: { $lt: longAgo() } }
  const ids = await idsOf(filter, { lastMessageAt: 1 })
  const { modifiedCount } = await ChatConversation.updateMany(
    { ...filter, _id: { $in: ids } },
    { $set: { conversationStatus: 'archived' as const } },
  ).setOptions(ACROSS_TENANTS)
  return { found: ids.length, done: modifiedCount }
}

async function idsOf(filter: QueryFilter<ChatConversationDocument>, sort: Record<string, 1>) {
  const found = await ChatConversation.find(filter, null, ACROSS_TENANTS)
    .select('_id')
    .sort(sort)
    .limit(BATCH)
    .lean()
  return found.map(({ _id }) => _id)
}

function longAgo(): Date {
  return new Date(Date.now() - KEPT_DAYS * DAY_MS)
}
