import type { Caller } from '../auth/caller.ts'
import { limitsOf } from './plans.ts'
import { type RateState, takeRequest } from './rate-limit.ts'

type Visit = { caller: Caller; path: string; visitorsPerMinute: number | undefined }

/** Counts a request against its caller's allowance of the minute; null when nothing limits it. */
export async function admit({ caller, path, visitorsPerMinute }: Visit): Promise<RateState | null> {
  if (caller.kind === 'user' || caller.kind === 'key') {
    const { requestsPerMinute } = limitsOf(caller.account)
    return requestsPerMinute === null ? null : takeRequest(`tenant:${caller.clerkId}`, requestsPerMinute)
  }
  if (caller.kind !== 'visitor' || visitorsPerMinute === undefined) return null
  return takeRequest(`visitor:${path}:${caller.ip}`, visitorsPerMinute)
}
