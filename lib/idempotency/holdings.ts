import { IdempotencyRecord } from '../../models/idempotency-record.ts'
import { plainHolding } from '../privacy/rows.ts'

/** What is kept of such a request is sealed with its sender's key and says nothing to anybody else. */
export const keyedRequests = plainHolding({
  name: 'keyed-requests',
  about: 'When you sent requests with an Idempotency-Key, and until when their answers are kept, sealed.',
  model: IdempotencyRecord,
  hidden: {
    keyHash: 0,
    salt: 0,
    fingerprint: 0,
    contentHash: 0,
    contentBytes: 0,
    fence: 0,
    sessionId: 0,
    leaseUntil: 0,
    effectId: 0,
    reply: 0,
    updatedAt: 0,
  },
})
