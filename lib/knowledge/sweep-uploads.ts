import { KnowledgeFile } from '../../models/knowledge-file.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { deadUploads, SWEPT_FIELDS, sweepUpload } from './internal/sweep-uploads.ts'

/** Most dead uploads that one run looks at, and the longest it goes on to the next. */
const MOST_AT_ONCE = 1_000
const MOST_MS = 60_000

/**
 * Removes what uploads of all tenants left behind, oldest first, and gives their quota back: bytes in either
 * storage, records, reservations. Safe to run twice at once; what one run leaves is for the next.
 */
export async function sweepAllUploads(): Promise<{ swept: number }> {
  const deadline = performance.now() + MOST_MS
  const dead = await KnowledgeFile.find(deadUploads(), SWEPT_FIELDS, ACROSS_TENANTS)
    .sort({ createdAt: 1 })
    .limit(MOST_AT_ONCE)
    .lean()
  let swept = 0
  for (const upload of dead) {
    if (performance.now() > deadline) break
    if (await sweepUpload(upload)) swept += 1
  }
  return { swept }
}
