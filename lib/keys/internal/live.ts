/** Filter for keys that work: neither revoked nor expired. */
export function live(now: Date) {
  return { revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] }
}

/** Filter for keys that count against a plan: those that work and were not rotated. */
export function counted(now: Date) {
  return { ...live(now), replacedBy: null }
}

/** Whether a key's time is over; null and absent are never. */
export function isExpired(expiresAt: Date | null | undefined, now: Date): boolean {
  return expiresAt ? expiresAt <= now : false
}
