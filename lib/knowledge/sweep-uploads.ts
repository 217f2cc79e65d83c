import { KnowledgeFile } from '../../models/knowledge-file.ts'
import { eachOf } from '../db/each.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { deadUploads, SWEPT_FIELDS, sweepUpload } from './internal/dead-uploads.ts'

/** The longest that one run goes on to the next dead upload. */
const MOST_MS = 60_000

/**
 * Removes what uploads of all tenants left behind, oldest first, and gives their quota back: bytes in either
 * storage, records, reservations. Safe to run twice at once; what one run leaves is for the next,
 * and what cannot be removed stands in nobody's way.
 */
export async function sweepAllUploads(): Promise<{ swept: number }> {
  const deadline = performance.now() + MOST_MS
  const dead = KnowledgeFile.find(deadUploads(), SWEPT_FIELDS, ACROSS_TENANTS)
    .sort({ createdAt: 1 })
    .lean()
    .cursor()
  let swept = 0
  for await (const upload of eachOf(dead)) {
    if (performance.now() > deadline) break
    if ((await sweepUpload(upload)) === 'swept') swept += 1
  }
  return { swept }
}
