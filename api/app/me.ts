import { ok, otherMethods, route } from '../../lib/route.ts'
import { meContract } from '../../lib/users/contracts.ts'
import { getMe } from '../../lib/users/me.ts'

export const GET = route(meContract, async ({ caller }) => ok(await getMe(caller)))
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
