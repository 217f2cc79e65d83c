import { AppError } from '../errors.ts'
import { log } from '../log.ts'
import { findPii, kindsOf } from '../pii/find-pii.ts'
import { cut } from './internal/cut.ts'
import { finishFailed, finishReady, type Leased, LeaseLost, takeLease } from './internal/lease.ts'
import { storePassages } from './internal/passages.ts'
import { readText } from './internal/read-text.ts'
import { summarise } from './internal/summarise.ts'

/**
 * Reads, cuts and embeds a file that is `processing`, which ends `ready` or `failed` with a reason. Idempotent:
 * one instance at a time holds the file's lease, and a repeated run replaces what an earlier one left.
 */
export async function ingestFile(fileId: string, clerkId: string | null): Promise<void> {
  const file = await takeLease(fileId, clerkId)
  if (!file) return
  try {
    await ingest(file).catch(async error => {
      if (error instanceof LeaseLost) throw error
      log().warn({ err: error, fileId }, 'a file could not be ingested')
      await finishFailed(file, reasonOf(error))
    })
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error
  }
}

async function ingest(file: Leased): Promise<void> {
  const text = await readText(file.storagePath, file.size)
  const piiFound = kindsOf(await findPii(text))
  const passages = cut(text)
  const embedding = await storePassages(file, passages)
  const hasText = passages.length > 0
  const summary = hasText && piiFound.length === 0 ? await summarise(text) : null
  await finishReady(file, { embedded: hasText, chunks: passages.length, embedding, piiFound, summary })
}

function reasonOf(error: unknown): string {
  return error instanceof AppError
    ? error.message
    : 'The file could not be processed because of a fault on our side.'
}
