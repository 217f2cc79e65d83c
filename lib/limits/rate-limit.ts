import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

/** What became of one request of a minute's allowance. */
export type RateState = { admitted: boolean; limit: number; remaining: number; resetSeconds: number }

const MINUTE_SECONDS = 60

/** One limiter per allowance. Counts are this instance's own: no shared row slows every request. */
const limiters = new Map<number, RateLimiterMemory>()

/** Takes one request out of `key`'s allowance of `limit` a minute. */
export async function takeRequest(key: string, limit: number): Promise<RateState> {
  const limiter = limiters.get(limit) ?? new RateLimiterMemory({ points: limit, duration: MINUTE_SECONDS })
  limiters.set(limit, limiter)
  const result = await limiter.consume(key).catch(refusal => {
    if (refusal instanceof RateLimiterRes) return refusal
    throw refusal
  })
  return {
    admitted: result.consumedPoints <= limit,
    limit,
    remaining: Math.max(0, limit - result.consumedPoints),
    resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
  }
}
