import { PassThrough, pipeline, type Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { AppError } from '../../../errors.ts'
import { eachBlock } from './blocks.ts'
import { asked, type Bucket, isMissing, s3Bucket, storageAway } from './s3-client.ts'
import type { ByteRange, Storage, StorageProvider } from './storage.ts'

/** The least that S3 takes for a part other than the last; 10,000 of them are 48 GiB. */
const PART_BYTES = 5 * 1024 * 1024

/** Bytes in a bucket of S3 or R2. @throws NotConfigured */
export function s3Storage(provider: StorageProvider): Storage {
  const bucket = s3Bucket(provider)
  return {
    write: (key, _name, pieces) => write(bucket, key, pieces),
    read: (key, range) => read(bucket, key, range),
    remove: key => remove(bucket, key),
    block: key => block(bucket, key),
    address: async (key, as) => (await import('./s3-presign.ts')).presignGet(provider, key, as),
  }
}

/** In one request when a part holds it all, else part by part. */
async function write({ client, name }: Bucket, key: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  const place = { Bucket: name, Key: key }
  const put = (block: Buffer) => asked(client.send(new PutObjectCommand({ ...place, Body: block })))
  const parts: { PartNumber: number; ETag: string | undefined }[] = []
  let isWhole = false
  let UploadId: string | undefined
  await eachBlock(pieces, { bytes: PART_BYTES, count: 1 }, async (block, n) => {
    isWhole = n === 0 && block.byteLength < PART_BYTES
    if (isWhole) return put(block)
    UploadId ??= (await asked(client.send(new CreateMultipartUploadCommand(place)))).UploadId
    const part = { ...place, UploadId, PartNumber: n + 1 }
    const { ETag } = await asked(client.send(new UploadPartCommand({ ...part, Body: block })))
    return parts.push({ PartNumber: part.PartNumber, ETag })
  })
  if (isWhole) return
  if (parts.length === 0) return void (await put(Buffer.alloc(0)))
  const whole = { ...place, UploadId, MultipartUpload: { Parts: parts } }
  await asked(client.send(new CompleteMultipartUploadCommand(whole)))
}

async function read({ client, name }: Bucket, key: string, range: ByteRange | null): Promise<Readable> {
  const Range = range ? `bytes=${range.start}-${range.end}` : undefined
  try {
    const { Body } = await client.send(
      new GetObjectCommand({ Bucket: name, Key: key, ...(Range && { Range }) }),
    )
    return told(Body as Readable)
  } catch (error) {
    throw isMissing(error)
      ? new AppError('not_found', 'The bytes of this file are gone.')
      : storageAway(error)
  }
}

/** What breaks on the way is a failure of the storage, too. */
function told(body: Readable): Readable {
  const away = new PassThrough({ destroy: (error, done) => done(error && storageAway(error)) })
  return pipeline(body, away, () => {})
}

/** An empty object takes the place: each address for one asks that there be none yet. */
async function block({ client, name }: Bucket, key: string): Promise<void> {
  await asked(client.send(new PutObjectCommand({ Bucket: name, Key: key, Body: Buffer.alloc(0) })))
}

/** First what would become an object, then the object. */
async function remove({ client, name }: Bucket, key: string): Promise<void> {
  const { Uploads = [] } = await asked(
    client.send(new ListMultipartUploadsCommand({ Bucket: name, Prefix: key })),
  )
  for (const { Key, UploadId } of Uploads) {
    if (Key !== key) continue
    const abort = client.send(new AbortMultipartUploadCommand({ Bucket: name, Key, UploadId }))
    await asked(abort.catch(error => isMissing(error) || Promise.reject(error)))
  }
  await asked(client.send(new DeleteObjectCommand({ Bucket: name, Key: key })))
}

/** The size of an object; null when there is none. */
export async function objectSize(provider: StorageProvider, key: string): Promise<number | null> {
  const { client, name } = s3Bucket(provider)
  try {
    const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket: name, Key: key }))
    return ContentLength ?? 0
  } catch (error) {
    if (isMissing(error)) return null
    throw storageAway(error)
  }
}
