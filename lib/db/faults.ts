import { MongoError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb'

const DUPLICATE_KEY = 11000

/** Whether a write was refused by a unique index. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY
}

/** Whether the database could not be reached or could not serve just now, so that a later try may succeed. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true
  if (
    error instanceof MongoError &&
    (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('TransientTransactionError'))
  )
    return true
  const name = error instanceof Error ? error.name : ''
  return /^(MongooseServerSelectionError|MongoNotConnectedError|MongoPoolClearedError|MongoTopologyClosedError|MongoWaitQueueTimeoutError|MongoWriteConcernError)$/.test(
    name,
  )
}
