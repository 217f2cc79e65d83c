import { inBackground } from '../../background.ts'
import { ingestFile } from '../ingest-file.ts'
import type { FileView } from '../view.ts'

/** Starts to read a file that waits for it, past the response; whoever else does so at the same time is no harm. */
export function startIngestion({ id, status }: FileView, clerkId: string | null): void {
  if (status === 'processing') inBackground('ingest file', ingestFile(id, clerkId))
}
