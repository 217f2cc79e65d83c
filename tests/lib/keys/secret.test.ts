import { describe, expect, it } from 'vitest'
import { lookupPrefix, newSecret, prefixOf } from '../../../lib/keys/internal/secret.ts'
import { checksumOf, crc32, newLegacyKey, randomBody, withChecksum } from './forms.ts'

describe('the reference checksum', () => {
  it('gives the check value of CRC-32 (IEEE)', () => expect(crc32('123456789')).toBe(0xcbf43926))
})

describe('newSecret', () => {
  const secrets = Array.from({ length: 500 }, newSecret)

  it('is brand, 32 random characters and the checksum of these 40', () => {
    for (const secret of secrets) {
      expect(secret).toMatch(/^tc_live_[0-9A-Za-z]{38}$/)
      expect(secret.slice(40)).toBe(checksumOf(secret.slice(0, 40)))
    }
  })

  it('pads the checksum on the left', () => {
    const padded = secrets.filter(secret => crc32(secret.slice(0, 40)) < 62 ** 5)
    expect(padded.length).toBeGreaterThan(0)
    for (const secret of padded) expect(secret[40]).toBe('0')
  })

  it('never repeats and uses the whole alphabet evenly', () => {
    expect(new Set(secrets).size).toBe(500)
    expect(new Set(secrets.map(prefixOf)).size).toBe(500)
    const counts = new Map<string, number>()
    for (const letter of secrets.flatMap(secret => [...secret.slice(8, 40)]))
      counts.set(letter, (counts.get(letter) ?? 0) + 1)
    expect(counts.size).toBe(62)
    // 16,000 letters: 258 of each on average, 16 being one standard deviation.
    for (const count of counts.values()) expect(Math.abs(count - 258)).toBeLessThan(100)
  })
})

describe('lookupPrefix', () => {
  it('is the first 20 characters of a key whose checksum is right', () => {
    const body = randomBody()
    expect(lookupPrefix(withChecksum(body))).toBe(body.slice(0, 20))
  })

  it('ends in dots for a key from before checksums', () => {
    const key = newLegacyKey()
    expect(lookupPrefix(key)).toBe(`${key.slice(0, 20)}...`)
  })

  it('is null after any one character changed', () => {
    const key = newSecret()
    for (let at = 8; at < key.length; at++) {
      const other = key[at] === 'x' ? 'y' : 'x'
      expect(lookupPrefix(key.slice(0, at) + other + key.slice(at + 1))).toBeNull()
    }
  })

  const key = withChecksum(randomBody())
  it.each([
    '',
    'tc_live_',
    key.slice(0, -1),
    `${key}0`,
    `${key}\n`,
    key.replace('tc_live_', 'tc_test_'),
    key.toUpperCase(),
    newLegacyKey().toUpperCase().replace('TC_LIVE_', 'tc_live_'),
    newLegacyKey().slice(0, -1),
    `${newLegacyKey()}0`,
    `tc_live_${'g'.repeat(64)}`,
  ])('is null for %j', presented => expect(lookupPrefix(presented)).toBeNull())
})
