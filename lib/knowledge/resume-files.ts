import { KnowledgeFile } from '../../models/knowledge-file.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { log } from '../log.ts'
import { ingestFile } from './ingest-file.ts'

/** Files brought to their end, `ready` or `failed`, and how many are `processing` still. */
export type ResumeReport = { resumed: number; failed: number; remaining: number }

/** A function may run for 300 s; a file that has begun must come to rest within it. */
const TIME_TO_BEGIN_MS = 170_000
const MAX_FILES = 500
const FILES_AT_ONCE = 2

/**
 * Takes up the files of all tenants that nobody ingests: their process ended, or they were put off until now.
 * The longest waiting first; what time does not suffice for comes next time. Two runs at once do each file once.
 */
export async function resumeStuckFiles({ until }: { until?: Date } = {}): Promise<ResumeReport> {
  const end = until ?? new Date(Date.now() + TIME_TO_BEGIN_MS)
  const stuck = await KnowledgeFile.find(
    { status: 'processing' as const, leaseUntil: { $not: { $gt: new Date() } } },
    { clerkId: 1 },
    ACROSS_TENANTS,
  )
    .sort({ leaseUntil: 1 })
    .limit(MAX_FILES)
    .lean()
  const report = { resumed: 0, failed: 0 }
  const queue = stuck.values()
  const worker = async () => {
    for (const { _id, clerkId } of queue) {
      if (Date.now() >= end.getTime()) return
      const outcome = await resume(_id.toHexString(), clerkId ?? null, end)
      if (outcome === 'ready') report.resumed += 1
      if (outcome === 'failed') report.failed += 1
    }
  }
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker))
  const remaining = await KnowledgeFile.countDocuments({ status: 'processing' as const }, ACROSS_TENANTS)
  return { ...report, remaining }
}

/** What stands in the way of one file says nothing of the others. */
async function resume(fileId: string, clerkId: string | null, until: Date) {
  try {
    return await ingestFile(fileId, clerkId, { until })
  } catch (error) {
    log().error({ err: error, fileId }, 'a file could not be taken up again')
    return null
  }
}
