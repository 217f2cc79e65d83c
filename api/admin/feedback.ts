import { listFeedbackContract } from '../../lib/feedback/contracts.ts'
import { allFeedback, FEEDBACK_COLUMNS, listFeedback } from '../../lib/feedback/list-feedback.ts'
import { table, wantsTable } from '../../lib/http/table.ts'
import { ok, otherMethods, route } from '../../lib/route.ts'

export const GET = route(listFeedbackContract, async ({ query, headers }) =>
  wantsTable(headers)
    ? table('feedback', FEEDBACK_COLUMNS, allFeedback(query))
    : ok(await listFeedback(query)),
)
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
