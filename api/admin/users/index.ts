import { ok, otherMethods, route } from '../../../lib/route.ts'
import { listUsersContract } from '../../../lib/users/admin-contracts.ts'
import { listUsers } from '../../../lib/users/list-users.ts'

export const GET = route(listUsersContract, async ({ query }) => ok(await listUsers(query)))
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
