import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { id, pageOf, pageQuery, requiredText, timestamp } from '../http/schemas.ts'
import { PLAN_NAMES } from '../limits/plans.ts'
import { limitsSchema } from '../limits/schemas.ts'
import { profileFields, usageView } from './contracts.ts'

const tag = 'Admin'
export const USER_STATUSES = ['active', 'suspended', 'deleted'] as const
const status = z.enum(USER_STATUSES)

/** An admin's own override must leave them a request a minute, to undo it. */
const overrides = z.strictObject({
  requestsPerMinute: z.number().int().min(1).nullable().optional(),
  chatMessages: z.number().int().min(0).nullable().optional(),
  files: z.number().int().min(0).nullable().optional(),
  bytes: z.number().int().min(0).nullable().optional(),
  bytesPerFile: z.number().int().min(0).nullable().optional(),
  apiKeys: z.number().int().min(0).nullable().optional(),
})

const userView = z
  .object({
    ...profileFields,
    status,
    suspension: z
      .object({ at: timestamp, until: timestamp.nullable(), reason: z.string() })
      .nullable()
      .meta({ description: 'Also one that is over, until it is lifted' }),
    limits: limitsSchema.partial().meta({ description: 'Overrides of the plan’s limits; null is unlimited' }),
    effectiveLimits: limitsSchema.meta({ description: 'What holds: the plan’s limits with the overrides' }),
    usage: usageView,
    createdAt: timestamp,
    deletedAt: timestamp.nullable(),
  })
  .meta({ id: 'User' })
export type UserView = z.input<typeof userView>

export const listUsersContract = contract({
  id: 'listUsers',
  method: 'GET',
  path: '/api/admin/users',
  tag,
  summary: 'Who has an account',
  description:
    'Newest first; those found by `q` in the order of their addresses, suspended or deleted ones by when they were.',
  callers: ['admin'],
  query: pageQuery.extend({
    /** It may hold an address of 254 letters. */
    cursor: z.string().max(1_500).optional().meta({ description: 'The nextCursor of the page before' }),
    q: z
      .string()
      .trim()
      .min(1)
      .max(254)
      .optional()
      .meta({ description: 'Beginning of the e-mail address, in any case' }),
    plan: z.enum(PLAN_NAMES).optional(),
    status: status.optional(),
  }),
  responses: { 200: pageOf(userView) },
})

export const getUserContract = contract({
  id: 'getUser',
  method: 'GET',
  path: '/api/admin/users/{id}',
  tag,
  summary: 'One account',
  callers: ['admin'],
  params: z.object({ id }),
  responses: { 200: userView },
})

export const updateUserContract = contract({
  id: 'updateUser',
  method: 'PATCH',
  path: '/api/admin/users/{id}',
  tag,
  summary: 'Override limits of an account',
  description: 'The overrides given replace those there were: `{ "limits": {} }` leaves the plan’s own.',
  callers: ['admin'],
  params: z.object({ id }),
  body: z.strictObject({ limits: overrides.optional() }),
  responses: { 200: userView },
  problems: ['conflict'],
})

export const suspendUserContract = contract({
  id: 'suspendUser',
  method: 'POST',
  path: '/api/admin/users/{id}',
  action: 'suspend',
  tag,
  summary: 'Keep an account from being used',
  description:
    'Acts at once: the next request of its sessions and keys is refused with 403 `account_inactive`. The reason is for admins. The last admin who is not suspended cannot be.',
  callers: ['admin'],
  params: z.object({ id }),
  body: z.strictObject({
    reason: requiredText(500),
    until: z.iso
      .datetime({ offset: true })
      .transform(text => new Date(text))
      .nullish()
      .meta({ description: 'When it ends by itself; without it, until it is lifted' }),
  }),
  responses: { 200: userView },
  problems: ['conflict'],
  atomic: true,
})

export const reactivateUserContract = contract({
  id: 'reactivateUser',
  method: 'POST',
  path: '/api/admin/users/{id}',
  action: 'reactivate',
  tag,
  summary: 'Lift a suspension',
  callers: ['admin'],
  params: z.object({ id }),
  responses: { 200: userView },
  problems: ['conflict'],
  atomic: true,
})
