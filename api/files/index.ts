import { listFilesContract, uploadFileContract } from '../../lib/knowledge/contracts.ts'
import { listFiles } from '../../lib/knowledge/list-files.ts'
import { type IncomingFile, uploadFile } from '../../lib/knowledge/upload-file.ts'
import { created, ok, otherMethods, route } from '../../lib/route.ts'

export const GET = route(listFilesContract, async ({ caller, query }) => ok(await listFiles(caller, query)))

export const POST = route(uploadFileContract, async ({ caller, upload, effectId }) =>
  created(await uploadFile(caller, upload as IncomingFile, effectId)),
)

export const { PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET, POST })
