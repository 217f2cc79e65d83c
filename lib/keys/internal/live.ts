/** Filter for keys that work: neither revoked nor expired. */
export function live(now: Date) {
  return { revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] }
}
