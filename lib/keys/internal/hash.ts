import { hash } from 'node:crypto'
import * as bcrypt from 'bcryptjs'
import { LRUCache } from 'lru-cache'

/**
 * bcrypt's lowest cost. A key has 190 random bits, so guessing is hopeless at any cost (ASVS 6.5.2 asks for a
 * slow hash only below 112 bits), while each step up doubles the CPU that a first request burns: 1 ms at 4,
 * 65 ms at 10.
 */
const BCRYPT_COST = 4

/** Hash and key pairs this instance has found to match, as promises so that requests at once share one bcrypt. */
const matches = new LRUCache<string, Promise<boolean>>({ max: 10_000 })

export function hashSecret(secret: string): Promise<string> {
  return bcrypt.hash(secret, BCRYPT_COST)
}

/** Whether a presented key is the one behind a stored hash; runs bcrypt once per key and instance. */
export function isMatch(presented: string, keyHash: string): Promise<boolean> {
  const pair = hash('sha256', presented + keyHash, 'base64')
  const known = matches.get(pair)
  if (known) return known
  const outcome = comparison(presented, keyHash).then(matched => {
    if (!matched) matches.delete(pair)
    return matched
  })
  matches.set(pair, outcome)
  return outcome
}

/** bcrypt throws for a stored hash of a form it does not know; nothing can match that. */
function comparison(presented: string, keyHash: string): Promise<boolean> {
  return bcrypt.compare(presented, keyHash).catch(() => false)
}
