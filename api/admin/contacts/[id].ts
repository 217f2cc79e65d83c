import { getContactContract, updateContactContract } from '../../../lib/leads/contracts.ts'
import { getContact } from '../../../lib/leads/get-contact.ts'
import { updateContact } from '../../../lib/leads/update-contact.ts'
import { ok, otherMethods, route } from '../../../lib/route.ts'

export const GET = route(getContactContract, async ({ params }) => ok(await getContact(params.id)))
export const PATCH = route(updateContactContract, async ({ caller, params, body }) =>
  ok(await updateContact(caller, params.id, body)),
)
export const { POST, PUT, DELETE, HEAD, OPTIONS } = otherMethods({ GET, PATCH })
