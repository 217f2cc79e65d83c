import { completeUpload } from '../../lib/knowledge/complete-upload.ts'
import {
  completeUploadContract,
  listFilesContract,
  presignUploadContract,
  uploadFileContract,
} from '../../lib/knowledge/contracts.ts'
import { listFiles } from '../../lib/knowledge/list-files.ts'
import { presignUpload } from '../../lib/knowledge/presign-upload.ts'
import { type IncomingFile, uploadFile } from '../../lib/knowledge/upload-file.ts'
import { byAction, created, ok, otherMethods, route } from '../../lib/route.ts'

export const GET = route(listFilesContract, async ({ caller, query }) => ok(await listFiles(caller, query)))

const upload = route(uploadFileContract, async ({ caller, upload, effectId }) =>
  created(await uploadFile(caller, upload as IncomingFile, effectId)),
)

const presign = route(presignUploadContract, async ({ caller, body, effectId }) =>
  created(await presignUpload(caller, body, effectId)),
)

const complete = route(completeUploadContract, async ({ caller, query }) =>
  created(await completeUpload(caller, query.fileId)),
)

export const POST = byAction(upload, presign, complete)

export const { PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET, POST })
