import { LRUCache } from 'lru-cache'
import { ApiKey } from '../../models/api-key.ts'
import type { KeyCaller } from '../auth/caller.ts'
import { inBackground } from '../background.ts'

const RESOLUTION_MS = 60_000

/** Keys whose `lastUsedAt` this instance wrote within the last minute. */
const recentlyNoted = new LRUCache<string, true>({ max: 10_000, ttl: RESOLUTION_MS })

/** Keeps a key's `lastUsedAt` right to the minute. Call it after the answer: it never delays or fails it. */
export function noteKeyUse({ keyId, clerkId, lastUsedAt }: KeyCaller): void {
  const now = new Date()
  const isRecent = lastUsedAt !== null && now.getTime() - lastUsedAt.getTime() <= RESOLUTION_MS
  if (isRecent || recentlyNoted.has(keyId)) return
  recentlyNoted.set(keyId, true)
  const write = ApiKey.updateOne(
    { _id: keyId, clerkId },
    { $set: { lastUsedAt: now } },
    { timestamps: false },
  )
  inBackground('note key use', write.exec())
}
