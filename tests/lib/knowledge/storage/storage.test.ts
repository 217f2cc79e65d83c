import { randomBytes } from 'node:crypto'
import { Types } from 'mongoose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../../../lib/db/connect.ts'
import { type Storage, storageOf } from '../../../../lib/knowledge/internal/storage/storage.ts'
import { noS3Server, type S3Server, startS3 } from '../../../helpers/s3-server.ts'

const MiB = 1024 * 1024
const s3: S3Server | null = noS3Server ? null : await startS3()
Object.assign(process.env, s3?.environment)
afterAll(() => s3?.stop())

/** How many pieces of bytes a storage holds, whole or not. */
const held = {
  async mongodb_gridfs() {
    const { db } = await connect()
    const counts = ['files.files', 'files.chunks'].map(name => db?.collection(name).countDocuments({}))
    return (await Promise.all(counts)).reduce<number>((sum, count) => sum + (count ?? 0), 0)
  },
  s3: async () => (await s3?.leftovers())?.length ?? 0,
}

async function* inPieces(bytes: Buffer, pieceBytes = 60_000) {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

async function* breakingOff(bytes: Buffer) {
  yield* inPieces(bytes)
  throw new Error('the sender is gone')
}

if (noS3Server) console.warn(`S3 is left out: ${noS3Server}`)
const providers = noS3Server ? (['mongodb_gridfs'] as const) : (['mongodb_gridfs', 's3'] as const)

describe.each(providers)('storage in %s', provider => {
  let storage: Storage
  let key: string
  beforeAll(async () => {
    storage = await storageOf(provider)
  })
  const newKey = () => {
    const id = new Types.ObjectId().toHexString()
    key = provider === 'mongodb_gridfs' ? id : `uploads/${id}-a.bin`
    return key
  }
  async function readAll(range: { start: number; end: number } | null = null): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const piece of await storage.read(key, range)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  it.each([
    ['no byte', 0],
    ['one byte', 1],
    ['a chunk exactly', MiB],
    ['a part exactly', 5 * MiB],
    ['a byte more than a part', 5 * MiB + 1],
    ['several parts', 12 * MiB + 345],
  ])('gives back %s as it took it, and nothing stays when it is removed', async (_size, size) => {
    const before = await held[provider]()
    const bytes = randomBytes(size)
    await storage.write(newKey(), 'a.bin', inPieces(bytes))
    expect((await readAll()).equals(bytes)).toBe(true)
    expect(await held[provider]()).toBeGreaterThan(before)
    await storage.remove(key)
    expect(await held[provider]()).toBe(before)
  })

  it('gives back any part', async () => {
    const bytes = randomBytes(3 * MiB)
    await storage.write(newKey(), 'a.bin', inPieces(bytes))
    const ranges = [
      [0, 0],
      [MiB - 3, MiB + 3],
      [0, 3 * MiB - 1],
      [3 * MiB - 1, 3 * MiB - 1],
    ] as const
    for (const [start, end] of ranges) {
      expect((await readAll({ start, end })).equals(bytes.subarray(start, end + 1)), `${start}-${end}`).toBe(
        true,
      )
    }
  })

  it.each([
    ['before the first byte', 0],
    ['within the first part', MiB],
    ['within the third part', 11 * MiB],
  ])('keeps nothing of a stream that breaks off %s, once it is removed', async (_when, size) => {
    const before = await held[provider]()
    const writing = storage.write(newKey(), 'a.bin', breakingOff(randomBytes(size)))
    await expect(writing).rejects.toThrow('the sender is gone')
    await storage.remove(key)
    expect(await held[provider]()).toBe(before)
  })

  it('removes what is not there, twice', async () => {
    await storage.remove(newKey())
    await storage.remove(key)
  })

  it('leaves others alone when one is removed whose key begins theirs', async () => {
    await storage.write(newKey(), 'a.bin', inPieces(Buffer.from('mine')))
    const other = new Types.ObjectId().toHexString()
    const otherKey = provider === 'mongodb_gridfs' ? other : `${key}-more`
    await storage.write(otherKey, 'b.bin', inPieces(Buffer.from('theirs')))
    await storage.remove(key)
    key = otherKey
    expect((await readAll()).toString()).toBe('theirs')
  })
})

describe.skipIf(noS3Server)('a bucket', () => {
  it('tells of bytes that are gone', async () => {
    const storage = await storageOf('s3')
    await expect(storage.read('uploads/none', null)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('aborts no upload whose key only begins alike', async () => {
    const storage = await storageOf('s3')
    const other = storage.write('uploads/alike-2', 'a', breakingOff(randomBytes(11 * MiB)))
    await expect(other).rejects.toThrow('gone')
    const before = await held.s3()
    await storage.remove('uploads/alike')
    expect(await held.s3()).toBe(before)
    await storage.remove('uploads/alike-2')
    expect(await held.s3()).toBeLessThan(before)
  })
})
