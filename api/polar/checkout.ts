import { createCheckoutContract, getCheckoutContract } from '../../lib/billing/contracts.ts'
import { createCheckout } from '../../lib/billing/create-checkout.ts'
import { getCheckout } from '../../lib/billing/get-checkout.ts'
import { created, ok, otherMethods, route } from '../../lib/route.ts'

export const GET = route(getCheckoutContract, async ({ caller, query }) =>
  ok(await getCheckout(caller, query.checkoutId)),
)

export const POST = route(createCheckoutContract, async ({ caller, body }) =>
  created(await createCheckout(caller, body)),
)

export const { PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET, POST })
