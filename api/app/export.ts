import { exportContract } from '../../lib/privacy/contracts.ts'
import { exportAccount } from '../../lib/privacy/export-account.ts'
import { ok, otherMethods, route } from '../../lib/route.ts'

const HEADERS = {
  'Content-Type': 'application/zip',
  'Content-Disposition': 'attachment; filename="workflowai-export.zip"',
}

export const GET = route(exportContract, async ({ caller }) => ok(await exportAccount(caller), HEADERS))
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
