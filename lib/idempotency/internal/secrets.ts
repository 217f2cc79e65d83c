import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import stringify from 'safe-stable-stringify'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
/** Node accepts tags of four bytes unless told otherwise. */
const TAG_BYTES = 16
const KEY_BYTES = 32
const SALT_BYTES = 16

/** What the caller's own Idempotency-Key and a record's salt give: whoever reads the database has only the salt. */
export type Secrets = { sealing: Buffer; fingerprinting: Buffer }

export function newSalt(): string {
  return randomBytes(SALT_BYTES).toString('base64url')
}

/** What a record is found by. */
export function hashOf(clerkId: string, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([clerkId, key]))
    .digest('base64url')
}

export function deriveSecrets(key: string, salt: string): Secrets {
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', key, salt, `workflowai idempotency ${purpose}`, KEY_BYTES))
  return { sealing: derive('sealing'), fingerprinting: derive('fingerprint') }
}

/** A keyed hash of a request, the same whatever the order of its fields. */
export function fingerprintOf(request: unknown, { fingerprinting }: Secrets): string {
  const text = stringify(request) ?? ''
  return createHmac('sha256', fingerprinting).update(text).digest('base64url')
}

/** Compresses and encrypts a reply, bound to the record it belongs to. */
export function seal(reply: unknown, { sealing }: Secrets, owner: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, sealing, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(owner))
  const sealed = Buffer.concat([cipher.update(gzipSync(JSON.stringify(reply))), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** The reply that was sealed. @throws Error when it, its record or the key is not what it was. */
export function unseal<T>(sealedText: string, { sealing }: Secrets, owner: string): T {
  const sealed = Buffer.from(sealedText, 'base64url')
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv(CIPHER, sealing, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(owner))
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  const packed = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
  return JSON.parse(gunzipSync(packed).toString('utf8')) as T
}
