import { randomBytes } from 'node:crypto'
import { hash } from 'bcryptjs'
import { ApiKey } from '../../../models/api-key.ts'

export const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** CRC-32 (IEEE), bit by bit. */
export function crc32(text: string): number {
  let crc = 0xffffffff
  for (const byte of Buffer.from(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

/** The six characters that follow the 40 of a key. */
export function checksumOf(body: string): string {
  const crc = BigInt(crc32(body))
  return [5n, 4n, 3n, 2n, 1n, 0n].map(power => ALPHABET[Number((crc / 62n ** power) % 62n)]).join('')
}

export function randomBody(): string {
  return `tc_live_${Array.from(randomBytes(32), byte => ALPHABET[byte % 62]).join('')}`
}

/** A key of today's form whose random part ends in `text`, checksum right. */
export function withChecksum(body: string): string {
  return body + checksumOf(body)
}

export function newLegacyKey(): string {
  return `tc_live_${randomBytes(32).toString('hex')}`
}

/** Stores a key as it was issued before checksums. */
export async function storeLegacyKey(clerkId: string, key: string, cost = 10) {
  const fields = { clerkId, keyHash: await hash(key, cost), keyPrefix: `${key.slice(0, 20)}...`, name: 'old' }
  const stored = await ApiKey.create(fields)
  return stored._id.toHexString()
}

/** Stores a key of today's form. */
export async function storeKey(clerkId: string, key: string, cost = 4) {
  const fields = { clerkId, keyHash: await hash(key, cost), keyPrefix: key.slice(0, 20), name: null }
  const stored = await ApiKey.create(fields)
  return stored._id.toHexString()
}
