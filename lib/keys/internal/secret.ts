import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BRAND = 'tc_live_'
const RANDOM_LENGTH = 32
const CHECKSUM_LENGTH = 6
const PREFIX_LENGTH = 20

const CURRENT_FORM = /^tc_live_[0-9A-Za-z]{38}$/
/** Keys issued before checksums: 64 hex digits, their stored prefix ending in dots. */
const LEGACY_FORM = /^tc_live_[0-9a-f]{64}$/

/** A new key: 190 random bits, then a CRC-32 that lets a mistyped key be refused without the database. */
export function newSecret(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return BRAND + random + checksum(BRAND + random)
}

/** What is kept in the clear of a new key, to recognise it by. */
export function prefixOf(secret: string): string {
  return secret.slice(0, PREFIX_LENGTH)
}

/** The stored prefix to look a presented key up by; null when no key of ours can look like this. */
export function lookupPrefix(presented: string): string | null {
  if (LEGACY_FORM.test(presented)) return `${prefixOf(presented)}...`
  if (!CURRENT_FORM.test(presented)) return null
  const body = presented.slice(0, -CHECKSUM_LENGTH)
  return checksum(body) === presented.slice(-CHECKSUM_LENGTH) ? prefixOf(presented) : null
}

/** CRC-32 (IEEE) as a big-endian base62 number, left-padded with 0. */
function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  while (rest > 0) {
    digits = ALPHABET[rest % ALPHABET.length] + digits
    rest = Math.floor(rest / ALPHABET.length)
  }
  return digits.padStart(CHECKSUM_LENGTH, '0')
}
