import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { s3Bucket } from './s3-client.ts'
import type { Disposition, StorageProvider } from './storage.ts'

/** How long an address gives out bytes; a download that began in time goes on. */
const GET_SECONDS = 5 * 60

export type PresignedPut = { url: string; headers: Record<string, string> }

/**
 * An address that takes exactly these bytes for a while: size and type are signed, and an object that is
 * there already is not written again.
 */
export async function presignPut(
  provider: StorageProvider,
  { key, size, mimeType, seconds }: { key: string; size: number; mimeType: string; seconds: number },
): Promise<PresignedPut> {
  const { client, name } = s3Bucket(provider)
  const command = new PutObjectCommand({
    Bucket: name,
    Key: key,
    ContentLength: size,
    ContentType: mimeType,
    IfNoneMatch: '*',
  })
  const bound = new Set(['host', 'content-length', 'content-type', 'if-none-match'])
  const url = await getSignedUrl(client, command, {
    expiresIn: seconds,
    signableHeaders: bound,
    unhoistableHeaders: bound,
  })
  // A client's HTTP library sets the length itself, from the body.
  return { url, headers: { 'Content-Type': mimeType, 'If-None-Match': '*' } }
}

/** An address that gives out an object for a while, under the headers asked for. */
export async function presignGet(
  provider: StorageProvider,
  key: string,
  { disposition, mimeType }: Disposition,
): Promise<string> {
  const { client, name } = s3Bucket(provider)
  const headers = { ResponseContentDisposition: disposition, ResponseContentType: mimeType }
  const command = new GetObjectCommand({ Bucket: name, Key: key, ...headers })
  return getSignedUrl(client, command, { expiresIn: GET_SECONDS })
}
