import { AUDIT_ACTIONS } from '../../../../lib/audit/actions.ts'
import { AuditEntry } from '../../../../models/audit-entry.ts'
import { Feedback } from '../../../../models/feedback.ts'
import { PolarEvent } from '../../../../models/polar-event.ts'
import { type Expression, idOf } from '../fill.ts'
import type { Question, Subject } from '../questions.ts'
import { everyNth, fewOwned, numbered, over, ownerOf } from '../seeds.ts'

const RARE = 200
const newest = { _id: -1 } as const

/** Gives what makes questions of an admin to a path. */
const asking = (path: string) => (about: string, query: string) =>
  ({ about, as: 'admin', path: `${path}?${query}` }) satisfies Question

export const feedback: Subject = {
  model: Feedback,
  fields: (count, askers) => ({
    formType: everyNth(RARE, 'contact', 'demo'),
    rating: 4,
    feedbackText: 'It was good to see how it works.',
    clerkId: ownerOf(askers),
    createdAt: over(90, count),
    updatedAt: over(90, count),
  }),
  questions: () => {
    const ask = asking('/api/admin/feedback')
    return [
      ask('all', ''),
      { ...ask('all, far in', ''), from: { filter: {}, sort: newest } },
      ask('of a rare form', 'formType=contact'),
      {
        ...ask('of a rare form, far in', 'formType=contact'),
        from: { filter: { formType: 'contact' }, sort: newest },
      },
      { ...ask('as a table, its beginning', ''), headers: () => ({ Accept: 'text/csv' }), isEndless: true },
    ]
  },
}

/** Of the hundred admins and objects the first has 15 %. */
const rank: Expression = { $toInt: { $pow: [100, { $mod: [{ $multiply: ['$i', 0.754877666] }, 1] }] } }
const hexOf = (position: number) => `65a00000000000${1_000_000_000 + position}`

export const auditEntries: Subject = {
  model: AuditEntry,
  fields: count => ({
    actorId: idOf({ $toInt: { $pow: [100, { $mod: [{ $multiply: ['$i', 0.618033988] }, 1] }] } }),
    action: everyNth(RARE, 'file.shared', 'contact.updated'),
    target: { type: 'user', id: idOf(rank) },
    changes: {},
    note: null,
    createdAt: over(90, count),
  }),
  questions: () => {
    const one = hexOf(1)
    const ask = asking('/api/admin/audit')
    return [
      ask('all', ''),
      { ...ask('all, far in', ''), from: { filter: {}, sort: newest } },
      ask('of a rare action', 'action=file.shared'),
      ask('of an action of which there is none', `action=${AUDIT_ACTIONS[2]}`),
      ask('of an admin', `actorId=${one}`),
      ask('of an admin and a rare action', `actorId=${one}&action=file.shared`),
      ask('of an object', `targetId=${one}`),
      ask('of an object and a rare action', `targetId=${one}&action=file.shared`),
      ask('of an object and an admin who has little', `targetId=${one}&actorId=${hexOf(99)}`),
      ask('of all three', `targetId=${one}&actorId=${one}&action=file.shared`),
    ]
  },
}

/** Most events are of no concern here; the small tenant's have its id. */
export const polarEvents: Subject = {
  model: PolarEvent,
  fields: (count, askers) => ({
    eventId: numbered('evt_'),
    type: 'benefit.updated',
    payload: { type: 'benefit.updated', data: { id: numbered('b_'), description: 'x' } },
    status: everyNth(RARE, 'processed', 'ignored'),
    processedAt: null,
    error: null,
    customer: { externalId: fewOwned(askers), id: null, email: null },
    isNamed: true,
    createdAt: over(90, count),
    updatedAt: over(90, count),
  }),
  questions: () => {
    const ask = asking('/api/admin/polar-events')
    return [
      ask('all', ''),
      { ...ask('all, far in', ''), from: { filter: {}, sort: newest } },
      ask('of a rare status', 'status=processed'),
      ask('of a status of which there is none', 'status=failed'),
      { about: 'all that is kept of somebody', as: 'small', needsSession: true, path: '/api/app/export' },
    ]
  },
}
