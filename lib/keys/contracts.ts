import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { id, pageOf, pageQuery, requiredText, timestamp } from '../http/schemas.ts'

const path = '/api/app/api-keys'
const tag = 'API keys'

const name = requiredText(100)
const moment = z.iso
  .datetime({ offset: true })
  .transform(text => new Date(text))
  .meta({ override: { type: 'string', format: 'date-time' } })

/** A switch in a query; its bare name turns it on. */
const flag = z.stringbool({ truthy: ['', 'true', '1', 'yes'], falsy: ['false', '0', 'no'] })

/** Digits only: an empty value must not be taken for 0, which stops a key at once. */
const seconds = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a whole number')
  .transform(Number)
  .pipe(z.int().min(0).max(86_400))
  .meta({ override: { type: 'integer', minimum: 0, maximum: 86_400 } })

const keyView = z
  .object({
    id,
    keyPrefix: z.string(),
    name: z.string().nullable(),
    createdAt: timestamp,
    lastUsedAt: timestamp.nullable(),
    expiresAt: timestamp.nullable(),
    revokedAt: timestamp.nullable(),
  })
  .meta({ id: 'ApiKey' })

const createdKey = z.object({
  id,
  key: z.string(),
  keyPrefix: z.string(),
  name: z.string().nullable(),
  createdAt: timestamp,
  expiresAt: timestamp.nullable(),
})

export const createApiKeyContract = contract({
  id: 'createApiKey',
  method: 'POST',
  path,
  tag,
  summary: 'Create an API key',
  description: 'The answer is the only place where the whole key ever appears.',
  callers: ['user'],
  body: z.strictObject({ name: name.optional(), expiresAt: moment.optional() }),
  responses: { 201: createdKey },
  problems: ['limit_reached'],
  atomic: true,
})

export const listApiKeysContract = contract({
  id: 'listApiKeys',
  method: 'GET',
  path,
  tag,
  summary: 'List API keys',
  callers: ['user'],
  query: pageQuery.extend({ includeRevoked: flag.default(false) }),
  responses: { 200: pageOf(keyView) },
})

export const revokeApiKeyContract = contract({
  id: 'revokeApiKey',
  method: 'DELETE',
  path,
  tag,
  summary: 'Revoke an API key',
  description: 'Works at once, everywhere. Name the key in the query or in the body; one of them is needed.',
  callers: ['user'],
  query: z.object({ keyId: id.optional() }),
  body: z.strictObject({ keyId: id.optional() }),
  responses: { 200: z.object({ id, revokedAt: timestamp, restorableUntil: timestamp }) },
  problems: ['not_found'],
})

export const restoreApiKeyContract = contract({
  id: 'restoreApiKey',
  method: 'POST',
  path,
  action: 'restore',
  tag,
  summary: 'Restore a key revoked within the last ten seconds',
  callers: ['user'],
  query: z.object({ keyId: id }),
  responses: { 200: z.object({ id, revokedAt: z.null() }) },
  problems: ['not_found', 'conflict', 'restore_expired', 'limit_reached'],
  atomic: true,
})

export const rotateApiKeyContract = contract({
  id: 'rotateApiKey',
  method: 'POST',
  path,
  action: 'rotate',
  tag,
  summary: 'Replace a key by a new one',
  description:
    'The new key takes over the name and the expiry of the old one. The old one works until its grace period ends and no longer counts against the plan.',
  callers: ['user'],
  query: z.object({
    keyId: id,
    graceSeconds: seconds.default(0).meta({ description: 'How long the old key goes on working' }),
  }),
  responses: { 201: createdKey.extend({ replaces: z.object({ id, expiresAt: timestamp }) }) },
  problems: ['not_found', 'conflict'],
  atomic: true,
})
