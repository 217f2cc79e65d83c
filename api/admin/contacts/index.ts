import { table, wantsTable } from '../../../lib/http/table.ts'
import { listContactsContract } from '../../../lib/leads/contracts.ts'
import { allContacts, CONTACT_COLUMNS, listContacts } from '../../../lib/leads/list-contacts.ts'
import { ok, otherMethods, route } from '../../../lib/route.ts'

export const GET = route(listContactsContract, async ({ query, headers }) =>
  wantsTable(headers)
    ? table('contacts', CONTACT_COLUMNS, allContacts(query))
    : ok(await listContacts(query)),
)
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
