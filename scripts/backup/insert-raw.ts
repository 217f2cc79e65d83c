import { createRequire } from 'node:module'
import type { Db } from 'mongodb'

type Sequence = (field: string, documents: unknown[], serialized: Uint8Array[]) => unknown

/**
 * The driver's own way to send documents that are BSON already. It is not public; through the public one each
 * document would be decoded and encoded again, and some types come back as others.
 */
const { makeDocumentSequence } = createRequire(import.meta.url)('mongodb/lib/cmap/commands.js') as {
  makeDocumentSequence: Sequence
}

/** Inserts documents byte for byte, in order. @throws Error unless the server took each of them */
export async function insertRaw(db: Db, collection: string, documents: Uint8Array[]): Promise<void> {
  const { n, writeErrors, writeConcernError } = await db.command({
    insert: collection,
    ordered: true,
    bypassDocumentValidation: true,
    writeConcern: { w: 'majority' },
    documents: makeDocumentSequence('documents', documents, documents),
  })
  const refusal = writeErrors?.[0]?.errmsg ?? writeConcernError?.errmsg
  if (refusal !== undefined) throw new Error(`${collection}: ${refusal}`)
  if (n !== documents.length) throw new Error(`${collection}: ${n} of ${documents.length} were taken`)
}
