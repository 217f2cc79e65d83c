import {
  createApiKeyContract,
  listApiKeysContract,
  restoreApiKeyContract,
  revokeApiKeyContract,
  rotateApiKeyContract,
} from '../../lib/keys/contracts.ts'
import { createApiKey } from '../../lib/keys/create-key.ts'
import { listApiKeys } from '../../lib/keys/list-keys.ts'
import { restoreApiKey } from '../../lib/keys/restore-key.ts'
import { revokeApiKey } from '../../lib/keys/revoke-key.ts'
import { rotateApiKey } from '../../lib/keys/rotate-key.ts'
import { byAction, created, ok, otherMethods, route } from '../../lib/route.ts'

export const GET = route(listApiKeysContract, async ({ caller, query }) =>
  ok(await listApiKeys(caller, query)),
)

export const POST = byAction(
  route(createApiKeyContract, async ({ caller, body }) => created(await createApiKey(caller, body))),
  route(restoreApiKeyContract, async ({ caller, query }) => ok(await restoreApiKey(caller, query.keyId))),
  route(rotateApiKeyContract, async ({ caller, query }) => created(await rotateApiKey(caller, query))),
)

export const DELETE = route(revokeApiKeyContract, async ({ caller, query, body }) =>
  ok(await revokeApiKey(caller, query.keyId ?? body.keyId)),
)

export const { PUT, PATCH, HEAD, OPTIONS } = otherMethods({ GET, POST, DELETE })
