import { KnowledgeFile } from '../../models/knowledge-file.ts'
import { eachOf } from '../db/each.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { log } from '../log.ts'
import { ingestFile } from './ingest-file.ts'
import { freeFiles } from './internal/lease.ts'
import { endOfRun, timeLeft } from './internal/run.ts'

/** Files brought to their end, `ready` or `failed`, and how many are `processing` still. */
export type ResumeReport = { resumed: number; failed: number; remaining: number }

const FILES_AT_ONCE = 2
/** The server forgets a cursor that is not read from for ten minutes. */
const BATCH_SIZE = 20

/**
 * Takes up the files of all tenants that nobody ingests: their process ended, or they were put off until now.
 * Those never begun come first, then the longest waiting; what time does not suffice for comes next time. Two
 * runs at once do each file once.
 */
export async function resumeStuckFiles({ until = endOfRun() }: { until?: Date } = {}): Promise<ResumeReport> {
  const report = { resumed: 0, failed: 0 }
  // A file begun in the last moments would only lose one of its attempts.
  const lastStart = { until: new Date(until.getTime() - timeLeft({ until }) / 10) }
  const stuck = stuckFiles()
  const worker = async () => {
    while (timeLeft(lastStart) > 0) {
      const { value: file, done } = await stuck.next()
      if (done) return
      const outcome = await resume(file._id.toHexString(), file.clerkId ?? null, until)
      if (outcome === 'ready') report.resumed += 1
      if (outcome === 'failed') report.failed += 1
    }
  }
  try {
    await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker))
  } finally {
    await stuck.return()
  }
  const remaining = await KnowledgeFile.countDocuments({ status: 'processing' as const }, ACROSS_TENANTS)
  return { ...report, remaining }
}

/** A generator, unlike a cursor, may be asked for the next file by two at once. */
function stuckFiles() {
  const order = { leaseUntil: 1, _id: 1 } as const
  const found = KnowledgeFile.find(freeFiles(), { clerkId: 1 }, ACROSS_TENANTS).sort(order).lean()
  return eachOf(found.cursor({ batchSize: BATCH_SIZE }))
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
