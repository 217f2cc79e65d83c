import { openPortalContract } from '../../lib/billing/contracts.ts'
import { openPortal } from '../../lib/billing/open-portal.ts'
import { created, otherMethods, route } from '../../lib/route.ts'

export const POST = route(openPortalContract, async ({ caller }) => created(await openPortal(caller)))
export const { GET, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ POST })
