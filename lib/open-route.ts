import { isDatabaseAway } from './db/faults.ts'
import { unlessSilent } from './db/silence.ts'
import { AppError } from './errors.ts'
import { clientIp } from './http/client-ip.ts'
import type { Contract } from './http/contract.ts'
import { createRoute, type Handler, type RouteHooks } from './http/create-route.ts'
import type { RouteHandler } from './http/methods.ts'

export { otherMethods } from './http/methods.ts'
export { ok } from './http/reply.ts'

/** What holds for every route. These hooks ask nobody who they are and load no model. */
export const openHooks: RouteHooks = {
  prepare: async () => {},
  inTime: unlessSilent,
  identify: async ({ request }) => ({ kind: 'visitor', clerkId: null, ip: clientIp(request) }),
  admit: async () => {},
  once: () => Promise.reject(new Error('nothing is kept for who is not known')),
  explain(error) {
    return isDatabaseAway(error)
      ? new AppError('unavailable', 'The database cannot be reached just now.', {}, { cause: error })
      : error
  },
  record() {},
}

const declare = createRoute(openHooks)

/**
 * Declares a route, as `route` does, of an operation that anybody may call and that needs no model. It starts
 * without the code that knows callers, which takes longer to load than such an operation to answer.
 */
export function openRoute<const C extends Contract & { callers: readonly []; database: false }>(
  operation: C,
  handler: Handler<C>,
): RouteHandler {
  return declare(operation, handler)
}
