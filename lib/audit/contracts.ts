import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { id, pageOf, pageQuery, timestamp } from '../http/schemas.ts'
import { AUDIT_ACTIONS, AUDIT_TARGETS } from './actions.ts'

const auditEntryView = z
  .object({
    id,
    actor: z
      .object({ id, email: z.string().nullable() })
      .meta({ description: 'The admin; without an address once their account is purged' }),
    action: z.enum(AUDIT_ACTIONS),
    target: z
      .object({ type: z.enum(AUDIT_TARGETS), id, email: z.string().nullable() })
      .meta({ description: 'What it was done to; with its address where that is an account not purged yet' }),
    changes: z.record(z.string(), z.object({ from: z.unknown(), to: z.unknown() })),
    note: z.string().nullable(),
    createdAt: timestamp,
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntryView = z.input<typeof auditEntryView>

export const listAuditContract = contract({
  id: 'listAuditEntries',
  method: 'GET',
  path: '/api/admin/audit',
  tag: 'Admin',
  summary: 'What admins did, newest first',
  description: 'The log is only ever added to.',
  callers: ['admin'],
  query: pageQuery.extend({
    action: z.enum(AUDIT_ACTIONS).optional().meta({ description: 'Only this action' }),
    actorId: id.optional().meta({ description: 'Only what this admin did' }),
    targetId: id.optional().meta({ description: 'Only what was done to this object' }),
  }),
  responses: { 200: pageOf(auditEntryView) },
})
