import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb'

/** The server's code for a write that a unique index refused. */
const DUPLICATE_KEY = 11000

/** Whether a write was refused by a unique index. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY
}

/**
 * Which writes of an unordered batch a unique index refused, by position; all others took place.
 * @throws the error when it is about anything else
 */
export function refusedIn(error: unknown): Set<number> {
  if (!(error instanceof MongoBulkWriteError)) throw error
  const faults = [error.writeErrors].flat()
  const isRefusal = faults.length > 0 && faults.every(({ code }) => code === DUPLICATE_KEY)
  if (!isRefusal || error.result.getWriteConcernError()) throw error
  return new Set(faults.map(({ index }) => index))
}

/** The server's code for an operation that ran out of the time it was given. */
const OUT_OF_TIME = 50

/** Whether an operation was ended because its `maxTimeMS` were over. */
export function isOutOfTime(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === OUT_OF_TIME
}

const AWAY_NAMES = new Set([
  'DatabaseSilent',
  'MongooseServerSelectionError',
  'MongoNotConnectedError',
  'MongoPoolClearedError',
  'MongoTopologyClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoWriteConcernError',
  'TransactionTimeout',
])

/** Codes of a server that shuts down, changes roles or cannot reach its peers (the driver's retryable reads). */
const AWAY_CODES = new Set<unknown>([
  6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11601, 11602, 13435, 13436,
])

const AWAY_LABELS = ['RetryableWriteError', 'TransientTransactionError']

/** Of a socket that breaks amid a long write the driver (7.8) passes on Node's own error. */
const BROKEN_SOCKET_CODES = new Set<unknown>(['ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

/** Whether the database could not be reached or could not serve just now, so that a later try may succeed. */
export function isDatabaseAway(error: unknown): boolean {
  if (isBrokenSocket(error)) return true
  if (error instanceof MongoBulkWriteError && isUnconfirmed(error)) return true
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true
  if (error instanceof MongoServerError && AWAY_CODES.has(error.code)) return true
  if (error instanceof MongoError && AWAY_LABELS.some(label => error.hasErrorLabel(label))) return true
  return error instanceof Error && AWAY_NAMES.has(error.name)
}

/** Whether no server answered a bulk write or no majority confirmed it, which the driver tells in another form. */
function isUnconfirmed({ errorResponse, result }: MongoBulkWriteError): boolean {
  return isDatabaseAway(errorResponse) || result?.getWriteConcernError() !== undefined
}

/** An `aborted` request from a client of ours has one of these codes, too, but comes from no system call. */
function isBrokenSocket(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return error.code === 'EPIPE' || ('syscall' in error && BROKEN_SOCKET_CODES.has(error.code))
}
