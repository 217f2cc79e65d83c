import { deleteFileContract, getFileContract, retryFileContract } from '../../../lib/knowledge/contracts.ts'
import { deleteFile } from '../../../lib/knowledge/delete-file.ts'
import { getFile } from '../../../lib/knowledge/get-file.ts'
import { retryFile } from '../../../lib/knowledge/retry-file.ts'
import { byAction, ok, otherMethods, route } from '../../../lib/route.ts'

export const GET = route(getFileContract, async ({ caller, params }) => ok(await getFile(caller, params.id)))

export const POST = byAction(
  route(retryFileContract, async ({ caller, params }) => ({
    status: 202 as const,
    body: await retryFile(caller, params.id),
  })),
)

export const DELETE = route(deleteFileContract, async ({ caller, params }) => {
  await deleteFile(caller, params.id)
  return ok({ id: params.id, deleted: true as const })
})

export const { PUT, PATCH, HEAD, OPTIONS } = otherMethods({ GET, POST, DELETE })
