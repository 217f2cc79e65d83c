import { byAction, ok, otherMethods, route } from '../../../lib/route.ts'
import {
  getUserContract,
  reactivateUserContract,
  suspendUserContract,
  updateUserContract,
} from '../../../lib/users/admin-contracts.ts'
import { getUser } from '../../../lib/users/get-user.ts'
import { reactivateUser } from '../../../lib/users/reactivate-user.ts'
import { suspendUser } from '../../../lib/users/suspend-user.ts'
import { updateUser } from '../../../lib/users/update-user.ts'

export const GET = route(getUserContract, async ({ params }) => ok(await getUser(params.id)))
export const PATCH = route(updateUserContract, async ({ caller, params, body }) =>
  ok(await updateUser(caller, params.id, body)),
)
export const POST = byAction(
  route(suspendUserContract, async ({ caller, params, body }) =>
    ok(await suspendUser(caller, params.id, body)),
  ),
  route(reactivateUserContract, async ({ caller, params }) => ok(await reactivateUser(caller, params.id))),
)
export const { PUT, DELETE, HEAD, OPTIONS } = otherMethods({ GET, POST, PATCH })
