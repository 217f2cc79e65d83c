import { ObjectId } from 'mongodb'
import { ChatBucket } from '../../../../models/chat-bucket.ts'
import { ChatConversation } from '../../../../models/chat-conversation.ts'
import { RunningAnswer } from '../../../../models/running-answer.ts'
import { idOf } from '../fill.ts'
import type { Question, Subject } from '../questions.ts'
import { type Askers, daysAgo, everyNth, numbered, over, ownerOf } from '../seeds.ts'

const RARE = 200
const LIST = '/api/app/conversations'
const said = [
  { role: 'user', content: 'How long is a day?', timestamp: daysAgo(1) },
  { role: 'assistant', content: 'It has twenty-four hours.', timestamp: daysAgo(1) },
]

/** The id of a document before the first one. */
export const KNOWN_CONVERSATION = '65a000000000000999999999'

/** The small tenant's, of which buckets and answers are told. */
export const knownConversation = ({ small }: Askers) => ({
  _id: new ObjectId(KNOWN_CONVERSATION),
  sessionId: 'known',
  clerkId: small,
  messages: said,
  messageCount: 42,
  spilledCount: 40,
  conversationStatus: 'active',
  lastMessageAt: daysAgo(1),
  createdAt: daysAgo(1),
})

const sort = { lastMessageAt: -1, _id: -1 } as const

export const conversations: Subject = {
  model: ChatConversation,
  fields: (count, askers) => ({
    sessionId: numbered('session_'),
    clerkId: ownerOf(askers),
    title: 'How long is a day?',
    messages: said,
    messageCount: 2,
    heldBytes: 200,
    heldCount: 2,
    spilledCount: 0,
    conversationStatus: everyNth(RARE, 'archived', 'active'),
    type: 'chat',
    metadata: {},
    lastMessageAt: over(80, count),
    createdAt: over(80, count),
    updatedAt: over(80, count),
  }),
  questions: askers => [
    ...(['largest', 'small'] as const).flatMap(as => [
      { about: 'active', as, path: LIST },
      {
        about: 'active, far in',
        as,
        path: LIST,
        from: {
          filter: { clerkId: askers[as], conversationStatus: 'active' },
          sort,
          by: 'lastMessageAt',
        },
      },
    ]),
    { about: 'archived, rarely', as: 'largest', path: `${LIST}?status=archived` },
    { about: 'one of them', as: 'small', path: `${LIST}/65a000000000001000000007` },
    { about: 'the daily work', as: 'cron', path: '/api/cron/daily' },
    exported,
  ],
}

export const exported: Question = {
  about: 'all that is kept of somebody',
  as: 'small',
  needsSession: true,
  path: '/api/app/export',
}

/** Twenty buckets of each conversation, the first of which all places have. */
export const buckets: Subject = {
  model: ChatBucket,
  fields: (_count, askers) => ({
    conversation: idOf({ $subtract: [{ $floor: { $divide: ['$i', 20] } }, 1] }),
    clerkId: ownerOf(askers),
    from: { $multiply: [{ $mod: ['$i', 20] }, 2] },
    messages: said,
    createdAt: daysAgo(1),
  }),
  questions: () => [
    { about: 'older messages', as: 'small', path: `${LIST}/${KNOWN_CONVERSATION}?cursor=s30` },
    exported,
  ],
}

/** Far more than ever run at once. */
export const runningAnswers: Subject = {
  model: RunningAnswer,
  fields: (_count, askers) => ({
    conversation: idOf({ $subtract: ['$i', 1] }),
    clerkId: ownerOf(askers),
    sessionId: numbered('session_'),
    stopRequestedAt: null,
    expiresAt: daysAgo(-1),
    createdAt: daysAgo(0),
  }),
  questions: () => [
    {
      about: 'a stop of one',
      as: 'small',
      method: 'POST',
      path: `/api/ai?action=stop&conversationId=${KNOWN_CONVERSATION}`,
    },
  ],
}
