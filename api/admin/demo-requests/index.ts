import { table, wantsTable } from '../../../lib/http/table.ts'
import { listDemoRequestsContract } from '../../../lib/leads/contracts.ts'
import {
  allDemoRequests,
  DEMO_REQUEST_COLUMNS,
  listDemoRequests,
} from '../../../lib/leads/list-demo-requests.ts'
import { ok, otherMethods, route } from '../../../lib/route.ts'

export const GET = route(listDemoRequestsContract, async ({ query, headers }) =>
  wantsTable(headers)
    ? table('demo-requests', DEMO_REQUEST_COLUMNS, allDemoRequests(query))
    : ok(await listDemoRequests(query)),
)
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
