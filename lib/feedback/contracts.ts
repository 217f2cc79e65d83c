import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { emailAddress, id, optionalText, pageOf, pageQuery, timestamp } from '../http/schemas.ts'

const formType = z.enum(['demo', 'contact'])
const rating = z.number().int().min(1).max(5)

const feedbackForm = z.strictObject({
  formType,
  rating,
  feedbackText: optionalText(2_000),
  userEmail: z
    .union([z.literal(''), z.null(), emailAddress], 'is not an e-mail address')
    .optional()
    .transform(address => address || null),
  userCompany: optionalText(200),
  allowFollowup: z.boolean().default(false),
  website: z
    .string()
    .max(2_000)
    .optional()
    .meta({ description: 'A trap for bots: hide this field, so that people leave it empty' }),
})
export type FeedbackForm = z.output<typeof feedbackForm>

export const submitFeedbackContract = contract({
  id: 'submitFeedback',
  method: 'POST',
  path: '/api/feedback',
  tag: 'Forms',
  summary: 'Say how a form or demo was',
  callers: ['user', 'key', 'visitor'],
  body: feedbackForm,
  responses: { 201: z.object({ id }) },
  visitorsPerMinute: 30,
})

const feedbackView = z
  .object({
    id,
    formType,
    rating,
    feedbackText: z.string().nullable(),
    userEmail: z.string().nullable(),
    userCompany: z.string().nullable(),
    allowFollowup: z.boolean(),
    clerkId: z.string().nullable(),
    createdAt: timestamp,
  })
  .meta({ id: 'Feedback' })
export type FeedbackView = z.input<typeof feedbackView>

export const listFeedbackContract = contract({
  id: 'listFeedback',
  method: 'GET',
  path: '/api/admin/feedback',
  tag: 'Admin',
  summary: 'What people said, newest first',
  callers: ['admin'],
  query: pageQuery.extend({ formType: formType.optional() }),
  responses: { 200: pageOf(feedbackView) },
  table: true,
})
