import {
  MongoBulkWriteError,
  MongoClient,
  MongoError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb'
import { Schema } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { defineModel } from '../../../lib/db/define-model.ts'
import { isDatabaseAway, isDuplicateKey } from '../../../lib/db/faults.ts'
import { AppError } from '../../../lib/errors.ts'
import { openPassage } from '../../helpers/network.ts'

const serverError = (code: number, labels: string[] = []) => {
  const error = new MongoServerError({ message: 'm', code })
  for (const label of labels) error.addErrorLabel(label)
  return error
}
const coded = (code: string, more = {}) => Object.assign(new Error('m'), { code, ...more })
const named = (name: string) => Object.assign(new Error('m'), { name })

describe('a database that many documents are to be written to', () => {
  it('is away when the driver finds it no more', async () => {
    const passage = await openPassage()
    const client = new MongoClient(passage.uri, { serverSelectionTimeoutMS: 200 })
    try {
      const rows = client.db().collection('rows')
      await rows.insertMany([{ n: 1 }])
      await passage.cut()
      await rows.findOne({ _id: { $in: [] } }).catch(() => {})
      const error = await rows.insertMany([{ n: 2 }]).catch((refusal: unknown) => refusal)
      expect(error).toBeInstanceOf(MongoBulkWriteError)
      expect(isDatabaseAway(error)).toBe(true)
    } finally {
      await client.close()
    }
  })
})

describe('a database is away', () => {
  it.each<[string, unknown]>([
    ['when the network fails', new MongoNetworkError('reset')],
    ['when the network is silent', new MongoNetworkTimeoutError('silent')],
    ['when no server is found', new MongoServerSelectionError('none', {} as never)],
    ['when no server was ever found', named('MongooseServerSelectionError')],
    ['when the pool was cleared', named('MongoPoolClearedError')],
    ['when the pool is full', named('MongoWaitQueueTimeoutError')],
    ['when the client is closed', named('MongoNotConnectedError')],
    ['when the topology is closed', named('MongoTopologyClosedError')],
    ['when a majority did not confirm', named('MongoWriteConcernError')],
    ['when a write may be tried again', serverError(1, ['RetryableWriteError'])],
    ['when a transaction may be tried again', serverError(112, ['TransientTransactionError'])],
    ['when the primary is gone', serverError(10107)],
    ['when a secondary was asked as a primary', serverError(13435)],
    ['when the primary steps down', serverError(189)],
    ['when the server shuts down', serverError(91)],
    ['when shutdown interrupts', serverError(11600)],
    ['when a change of roles interrupts', serverError(11602)],
    ['when the server cannot reach another', serverError(6)],
    ['when a majority cannot be read yet', serverError(134)],
    ['when its socket was ended', coded('EPIPE')],
    ['when its socket was reset', coded('ECONNRESET', { syscall: 'read' })],
  ])('%s', (_name, error) => {
    expect(isDatabaseAway(error)).toBe(true)
  })

  it.each<[string, unknown]>([
    ['a duplicate key', serverError(11000)],
    ['a query without an index', serverError(291)],
    ['a bad query', serverError(2)],
    ['a refused login', serverError(18)],
    ['another error of the driver', new MongoError('m')],
    ['an error of ours', new AppError('not_found', 'm')],
    ['a plain error', new Error('connection reset')],
    ['a client that went away', coded('ECONNRESET')],
    ['a file that is missing', coded('ENOENT', { syscall: 'open' })],
    ['a timeout elsewhere', new DOMException('m', 'TimeoutError')],
    ['text', 'MongoNetworkError'],
    ['nothing', null],
  ])('but not for %s', (_name, error) => {
    expect(isDatabaseAway(error)).toBe(false)
  })
})

describe('a duplicate key', () => {
  it('is what a unique index refuses, and nothing else', async () => {
    const schema = new Schema({ n: Number }, { collection: 'faultkeys' })
    schema.index({ n: 1 }, { unique: true })
    const Key = defineModel('FaultKey', schema, { owned: false })
    await Key.syncIndexes()
    await Key.create({ n: 1 })
    const refusals = [
      () => Key.create({ n: 1 }),
      () => Key.insertMany([{ n: 2 }, { n: 1 }]),
      () => Key.bulkWrite([{ insertOne: { document: { n: 1 } } }]),
      () => Key.updateOne({ n: 2 }, { n: 1 }),
    ]
    for (const refusal of refusals) {
      const error = await refusal().then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(isDuplicateKey(error), String(refusal)).toBe(true)
    }
    expect(isDuplicateKey(serverError(11001))).toBe(false)
    expect(isDuplicateKey({ code: 11000 })).toBe(false)
    expect(isDuplicateKey(null)).toBe(false)
  })
})
