import { Types } from 'mongoose'
import type { Note } from '../../../models/note.ts'
import type { Changes } from '../../audit/record-action.ts'
import type { UserCaller } from '../../auth/caller.ts'
import { AppError } from '../../errors.ts'

/** What an admin changes: the status, a note, or both. */
export type Move<S extends string> = { status?: S | undefined; note?: string | undefined }

type Movable<S extends string> = { status: S; notes?: readonly Note[] | undefined }

/** Keeps a lead, and the answer that shows all of its notes, of a bounded size. */
const MAX_NOTES = 500

/**
 * How a lead that stands so is moved: its update, and its changes for the audit log. Null when it is there
 * already and nothing is noted.
 * @throws AppError `conflict` when it has as many notes as there may be
 */
export function planMove<S extends string>(
  lead: Movable<S>,
  { status = lead.status, note }: Move<S>,
  { account }: UserCaller,
) {
  const isMoved = status !== lead.status
  if (!isMoved && note === undefined) return null
  if (note !== undefined && (lead.notes ?? []).length >= MAX_NOTES)
    throw new AppError('conflict', `There are ${MAX_NOTES} notes already.`)
  const changes: Changes = isMoved ? { status: { from: lead.status, to: status } } : {}
  const written = { text: note, authorId: new Types.ObjectId(account.id), createdAt: new Date() }
  return { changes, update: { $set: { status }, ...(note !== undefined && { $push: { notes: written } }) } }
}
