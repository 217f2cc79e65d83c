import { S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { config, requireConfig } from '../../../config.ts'
import { AppError, NotConfigured } from '../../../errors.ts'
import type { StorageProvider } from './storage.ts'

export type Bucket = { client: S3Client; name: string }

let client: S3Client | undefined

/**
 * The bucket that holds uploaded bytes, on S3 or R2. Without one for new files, the settings are those of the
 * bucket that older ones lie in.
 * @throws NotConfigured naming all that is missing, also when the bucket in use is one of the other provider
 */
export function s3Bucket(provider: StorageProvider): Bucket {
  const settings = config()
  if (![provider, 'mongodb_gridfs'].includes(settings.STORAGE_PROVIDER))
    throw new NotConfigured([`STORAGE_PROVIDER (${provider})`])
  if (provider === 'cloudflare_r2') requireConfig('S3_BUCKET', 'S3_ENDPOINT', ...SECRETS)
  // `auto` is no region of AWS itself, only of what stands behind an endpoint of its own.
  if (!settings.S3_ENDPOINT && settings.S3_REGION === 'auto') throw new NotConfigured(['S3_REGION'])
  const { S3_BUCKET: name, ...secrets } = requireConfig('S3_BUCKET', ...SECRETS)
  client ??= new S3Client({
    region: settings.S3_REGION,
    ...(settings.S3_ENDPOINT && { endpoint: settings.S3_ENDPOINT, forcePathStyle: true }),
    credentials: {
      accessKeyId: secrets.S3_ACCESS_KEY_ID,
      secretAccessKey: secrets.S3_SECRET_ACCESS_KEY,
    },
    // Not every server of the protocol knows the newer checksums; SHA-256 of the body is signed anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Until the head of the answer: whoever fetches a file may take its body as slowly as they like.
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
      socketTimeout: 0,
    },
  })
  return { client, name }
}

const SECRETS = ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const

/** The answer of the storage; any failure of it is told as `unavailable`, with its cause for the log. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw storageAway(error)
  }
}

/**
 * A failure of the storage. Access denied is told apart: the keys lack a permission. AWS says so also of an
 * object that is not there to keys that may not list the bucket.
 */
export function storageAway(cause: unknown): AppError {
  const isDenied = cause instanceof S3ServiceException && cause.$metadata.httpStatusCode === 403
  const text = isDenied ? 'refuses access to this deployment' : 'cannot be reached'
  return new AppError('unavailable', `The file storage ${text} just now.`, {}, { cause })
}

/** Whether a failure says that there is no such object, or no such multipart upload. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && ['NoSuchKey', 'NotFound', 'NoSuchUpload'].includes(error.name)
}
