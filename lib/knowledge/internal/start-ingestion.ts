import type { Types } from 'mongoose'
import type { KnowledgeFileDocument } from '../../../models/knowledge-file.ts'
import { inBackground } from '../../background.ts'
import { ingestFile } from '../ingest-file.ts'
import type { FileView } from '../view.ts'
import { isFree } from './lease.ts'

/** Files that one request takes up, past its response: their runs share its process. */
const MOST_RESUMED = 2

/** What tells whether a file waits for a run. */
type Waiting = Partial<Pick<KnowledgeFileDocument, 'clerkId' | 'status' | 'leaseUntil'>> & {
  _id: Types.ObjectId
}

/** Starts to read a file that waits for it, past the response; whoever else does so at the same time is no harm. */
export function startIngestion({ id, status }: FileView, clerkId: string | null): void {
  if (status === 'processing') inBackground('ingest file', ingestFile(id, clerkId))
}

/**
 * Takes up, past the response, the first few files that nobody ingests: the process that did ended, or they were
 * put off until now. So whoever waits for a file gets it moving.
 */
export function resumeIfFree(files: readonly Waiting[]): void {
  for (const { _id, clerkId } of files.filter(isFree).slice(0, MOST_RESUMED))
    inBackground('resume ingestion', ingestFile(_id.toHexString(), clerkId ?? null))
}
