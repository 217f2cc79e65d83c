import { readFile, writeFile } from 'node:fs/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type Db, Long, type MongoClient } from 'mongodb'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { backUp } from '../../../scripts/backup/back-up.ts'
import { Crc64 } from '../../../scripts/backup/crc64.ts'
import { verifyArchive } from '../../../scripts/backup/read-archive.ts'
import { restore } from '../../../scripts/backup/restore.ts'
import { ownDatabases } from './databases.ts'

/** By mongodump: two boats with a unique index, and a collection with nothing in it. */
const BY_MONGODUMP = Buffer.from(
  [
    'H4sIAAAAAAAA/7RTwW7TQBB9saAq4lJVHOEy4uhEdhzsJFyQKpA4QCWuFbLseNyssHeDvRsIkQ+IUz+BIx/AV/Al8CNB64Qm',
    'iIpCpM7Fmnlv3sw82+WPzx+XAI4mSk5MVbHU8UQVBU+0ULLGLQDOnKtaKNkmXs+HU3M15yr+VT8AEPa83iM4Wqnisv4AQGpE',
    'obvvhJ4qo7sbpFvrSshzwOkATpbiNoB6qmZwtsNbWS5negGnZJ1kiU7wFcCShMz4Pdc0PlvSnMZLeihNmXL1XGoaU58al97w',
    'wgKxyP7AfWoal2RSMo0tIabmtUvGWCqFaX+QjKIk8LJoEHA/TQM/8/0o5GA08POcXNqu+HKt0S5JLunFzKZbnBoc1eIDw4Zj',
    'YdwFsHMjzq5zIFWJrnccOOjciAPudTpr9t+E7CP2ySUjxVvDNNaV4R1rozxIvSzJh0GYD8IoHGY88r1JNBxE/aifeldZ216/',
    'p7Wr1Wr1GP/0gR0+PX0GHJ+8OsFl/G97Z4/29cu9arpnf8pYZOhYDWstDgF8u9BKFIxOwfJcTzfk+0+2fOc3/gtlWGvG8YZ/',
    'Z9/11tfd+5588i6+nLbtPwMAAP//3+4MqTwEAAA=',
  ].join(''),
  'base64',
)
const databases = ownDatabases()
let client: MongoClient
let target: Db

beforeAll(async () => {
  client = await databases.client('source')
  target = (await databases.client('target')).db()
  const boats = Array.from({ length: 3 }, (_, n) => ({ n, name: 'boat'.repeat(100) }))
  await client.db().collection('boats').insertMany(boats)
  await client.db().collection('crews').insertOne({ name: 'crew' })
  await backUp(client, databases.file('whole.gz'))
})

it('carries the checksum that is known for these digits', () => {
  const crc = new Crc64().update(Buffer.from('123456789')).value()
  expect(BigInt.asUintN(64, crc)).toBe(0x995dc9bbdf1939fan)
})

it('carries the same checksum however the bytes come', () => {
  const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, n) => n * 7))
  const inPieces = new Crc64()
  for (let at = 0; at < bytes.length; at += 13) inPieces.update(bytes.subarray(at, at + 13))
  expect(inPieces.value()).toBe(new Crc64().update(bytes).value())
})

it('reads what mongodump wrote', async () => {
  await writeFile(databases.file('foreign.gz'), BY_MONGODUMP)
  const shop = (await databases.client('shop')).db()
  expect(await restore(shop, databases.file('foreign.gz'))).toEqual({ collections: 2, documents: 2 })
  const boats = await shop.collection('boats').find({}, { promoteValues: false }).sort({ _id: 1 }).toArray()
  expect(boats[1]).toMatchObject({ name: 'Mouette', length: Long.fromNumber(9) })
  const [, byName] = await shop.collection('boats').indexes()
  expect(byName).toEqual({ v: 2, key: { name: 1 }, name: 'name_1', unique: true })
})

it('is written as mongodump writes it', async () => {
  await writeFile(databases.file('foreign.gz'), BY_MONGODUMP)
  const shop = await databases.client('shop')
  await restore(shop.db(), databases.file('foreign.gz'))
  await backUp(shop, databases.file('own.gz'))
  const shown = async (file: string) => {
    const bytes = gunzipSync(await readFile(databases.file(file)))
    // After the descriptions, where versions and names differ; blocks may come in any order.
    const blocks = bytes.subarray(bytes.indexOf('ffffffff', 'hex')).toString('latin1')
    const bodies = blocks.split('\xff\xff\xff\xff').map(body => body.slice(4))
    return bodies.map(body => body.replace(/db\0.{4}[^\0]*\0/s, '')).sort()
  }
  expect(await shown('own.gz')).toEqual(await shown('foreign.gz'))
})

describe('of an archive that is not whole nothing is restored', () => {
  const attempt = async (bytes: Uint8Array) => {
    const file = databases.file('broken.gz')
    await writeFile(file, bytes)
    await expect(restore(target, file)).rejects.toThrow(/^The archive can't be used: [^\n]+\.$/)
  }
  afterEach(async () => {
    expect(await target.listCollections().toArray()).toEqual([])
  })
  const whole = () => readFile(databases.file('whole.gz'))

  it('when the file was cut off, wherever', async () => {
    const bytes = await whole()
    const lengths = [0, 1, 9, 10, 11, 100, bytes.length >> 1, bytes.length - 8, bytes.length - 1]
    for (const length of lengths) await attempt(bytes.subarray(0, length))
  })

  it('when what was packed was cut off, wherever', async () => {
    const bytes = gunzipSync(await whole())
    for (let length = 0; length < bytes.length; length += 41)
      await attempt(gzipSync(bytes.subarray(0, length)))
    await attempt(gzipSync(bytes.subarray(0, -4)))
  })

  it('when a byte of a document changed', async () => {
    const bytes = gunzipSync(await whole())
    const at = bytes.lastIndexOf('boatboat')
    bytes.write('goat', at)
    await attempt(gzipSync(bytes))
  })

  it('when a byte of the file changed', async () => {
    const bytes = await whole()
    for (const at of [0, 1, bytes.length >> 1, bytes.length - 6])
      await attempt(
        Buffer.concat([bytes.subarray(0, at), Buffer.of(~(bytes[at] ?? 0)), bytes.subarray(at + 1)]),
      )
  })

  it('when a document is missing', async () => {
    const bytes = gunzipSync(await whole())
    const last = bytes.lastIndexOf('boatboat')
    const start = bytes.lastIndexOf('_id', last) - 5
    const end = start + bytes.readInt32LE(start)
    await attempt(gzipSync(Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)])))
  })

  it('when it is something else', async () => {
    await attempt(Buffer.from('PK\x03\x04 something else'))
    await attempt(gzipSync('something else'))
  })

  it('and the whole one is whole', async () => {
    const { documents } = await verifyArchive(databases.file('whole.gz'))
    expect(documents).toBe(4)
  })
})
