import { fileReply } from '../../../lib/http/file-reply.ts'
import { fileContentContract } from '../../../lib/knowledge/contracts.ts'
import { fileContent } from '../../../lib/knowledge/file-content.ts'
import { otherMethods, route } from '../../../lib/route.ts'

export const GET = route(fileContentContract, async ({ caller, params, query, headers }) =>
  fileReply(await fileContent(caller, params.id), headers, query.direct),
)

export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
