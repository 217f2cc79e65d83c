import type { ClientSession } from 'mongoose'
import { DemoRequest, type DemoRequestDocument } from '../../models/demo-request.ts'
import { recordAction } from '../audit/record-action.ts'
import type { UserCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { NotFound } from '../errors.ts'
import type { DemoRequestView } from './contracts.ts'
import { type StoredDemoRequest, wholeDemoRequest } from './internal/demo-request-view.ts'
import { type Move, planMove } from './internal/move.ts'

type DemoRequestMove = Move<DemoRequestDocument['status']>

/**
 * Moves a demo request on, adds a note, or both, and writes it to the audit log. Nothing is written when the
 * request has that status already and there is no note.
 * @throws NotFound, AppError `conflict` when there is no room for a note
 */
export async function updateDemoRequest(
  admin: UserCaller,
  id: string,
  move: DemoRequestMove,
): Promise<DemoRequestView> {
  return wholeDemoRequest(await inTransaction(session => moveDemoRequest(admin, id, move, session)))
}

/** Of two at once the server lets one write; the other begins again and finds what the first one did. */
async function moveDemoRequest(
  admin: UserCaller,
  id: string,
  move: DemoRequestMove,
  session: ClientSession,
): Promise<StoredDemoRequest> {
  const request = await DemoRequest.findById(id, { searchTerms: 0 }, { session }).lean()
  if (!request) throw new NotFound('demo request', id)
  const plan = planMove(request, move, admin)
  if (!plan) return request
  const { changes, update } = plan
  const target = { type: 'demo_request' as const, id }
  await recordAction(admin, { action: 'demo_request.updated', target, changes, note: move.note }, session)
  const after = { session, returnDocument: 'after', projection: { searchTerms: 0 } } as const
  return DemoRequest.findByIdAndUpdate(id, update, after).orFail().lean()
}
