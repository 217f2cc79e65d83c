import type { Types } from 'mongoose'
import { Feedback, type FeedbackDocument } from '../../models/feedback.ts'
import { eachOf } from '../db/each.ts'
import { afterCursor, type Page, type PageRequest, toPage } from '../db/page.ts'
import type { FeedbackView } from './contracts.ts'

/** Documents that are asked for at once while a table is sent; left to itself the server sends 16 MB of them. */
const ROWS_AT_ONCE = 200

type Asked = { formType?: FeedbackView['formType'] | undefined }

export const FEEDBACK_COLUMNS = [
  'id',
  'createdAt',
  'formType',
  'rating',
  'feedbackText',
  'userEmail',
  'userCompany',
  'allowFollowup',
  'clerkId',
] as const satisfies (keyof FeedbackView)[]

/** What people said, newest first. @throws InvalidInput for a cursor not of this list. */
export async function listFeedback({
  limit,
  cursor,
  formType,
}: PageRequest & Asked): Promise<Page<FeedbackView>> {
  const filter = { ...(formType && { formType }), ...afterCursor(cursor) }
  const found = await Feedback.find(filter)
    .sort({ _id: -1 })
    .hint(indexFor(formType))
    .limit(limit + 1)
    .lean()
  return toPage(found, limit, toView)
}

/** All of it, newest first, read as it is taken. */
export async function* allFeedback({ formType }: Asked): AsyncGenerator<FeedbackView> {
  const found = Feedback.find({ ...(formType && { formType }) })
    .sort({ _id: -1 })
    .hint(indexFor(formType))
    .lean()
    .cursor({ batchSize: ROWS_AT_ONCE })
  for await (const feedback of eachOf(found)) yield toView(feedback)
}

/** The index that has them in the order of ids. */
function indexFor(formType: Asked['formType']): Record<string, 1 | -1> {
  return formType ? { formType: 1, _id: -1 } : { _id: 1 }
}

function toView({ _id, ...said }: FeedbackDocument & { _id: Types.ObjectId }): FeedbackView {
  const { formType, rating, allowFollowup, createdAt } = said
  return {
    id: _id.toHexString(),
    formType,
    rating,
    feedbackText: said.feedbackText ?? null,
    userEmail: said.userEmail ?? null,
    userCompany: said.userCompany ?? null,
    allowFollowup: allowFollowup ?? false,
    clerkId: said.clerkId ?? null,
    createdAt,
  }
}
