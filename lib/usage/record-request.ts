import { setTimeout as sleep } from 'node:timers/promises'
import { UsageLog, type UsageLogDocument } from '../../models/usage-log.ts'
import { inBackground } from '../background.ts'
import { refusedIn } from '../db/faults.ts'

export type RequestRecord = Pick<
  UsageLogDocument,
  'clerkId' | 'endpoint' | 'method' | 'status' | 'responseTimeMs' | 'userAgent' | 'ip' | 'metadata'
>

type Row = RequestRecord & { createdAt: Date; updatedAt: Date }

/** How long rows gather before they are written in one command. */
const GATHER_MS = 50
const MAX_ROWS = 1_000
const ATTEMPTS = 3
const RETRY_MS = 300

let gathered: Row[] = []
let flush: Promise<void> | undefined

/** Logs a request after its answer; those of the same moment are written together. Never delays or fails it. */
export function recordRequest(record: RequestRecord): void {
  const now = new Date()
  gathered.push({ ...record, createdAt: now, updatedAt: now })
  if (flush) return
  flush = sleep(GATHER_MS).then(writeGathered)
  inBackground('write usage logs', flush)
}

async function writeGathered(): Promise<void> {
  flush = undefined
  const rows = gathered
  gathered = []
  for (let start = 0; start < rows.length; start += MAX_ROWS) await write(rows.slice(start, start + MAX_ROWS))
}

/**
 * Straight through the driver: the rows are our own, and casting each would cost more than the insert. They keep their
 * ids from one attempt to the next, so one that is refused as a duplicate is there already.
 */
async function write(rows: Row[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await UsageLog.collection.insertMany(rows as never, { ordered: false }).catch(refusedIn)
      return
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
      await sleep(RETRY_MS * attempt)
    }
  }
}
