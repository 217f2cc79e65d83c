import { AnalyticsEvent } from '../../../../models/analytics-event.ts'
import { IdempotencyRecord } from '../../../../models/idempotency-record.ts'
import { UsageCounter } from '../../../../models/usage-counter.ts'
import { UsageLog } from '../../../../models/usage-log.ts'
import type { Question, Subject } from '../questions.ts'
import { daysAgo, everyNth, inTurn, numbered, over, ownerOf } from '../seeds.ts'
import { exported } from './chat.ts'

const day = (days: number) => daysAgo(days).toISOString().slice(0, 10)
const both = ['largest', 'small'] as const

export const usageLogs: Subject = {
  model: UsageLog,
  isSettled: true,
  fields: (count, askers) => ({
    clerkId: ownerOf(askers),
    endpoint: inTurn(['/api/app/me', '/api/ai', '/api/files', '/api/app/usage', '/api/v1/chat/completions']),
    method: 'GET',
    status: everyNth(50, 500, 200),
    responseTimeMs: { $toInt: { $mod: [{ $multiply: ['$i', 7] }, 400] } },
    userAgent: null,
    ip: null,
    metadata: { promptTokens: 120, completionTokens: 40, costUsd: 0.0001 },
    createdAt: over(89, count),
    updatedAt: over(89, count),
  }),
  questions: () => [
    ...both.flatMap(as => [
      { about: 'used this month, by day', as, path: '/api/app/usage' },
      { about: 'used this month, by endpoint', as, path: '/api/app/usage?groupBy=endpoint' },
    ]),
    {
      about: 'used in 60 days, by day',
      as: 'largest',
      path: `/api/app/usage?from=${day(70)}T00:00:00Z&to=${day(10)}T00:00:00Z`,
    },
    { about: 'the overview of 30 days', as: 'admin', path: '/api/admin/overview' },
    { about: 'the overview of 90 days', as: 'admin', path: '/api/admin/overview?days=90' },
    { about: 'the daily work', as: 'cron', path: '/api/cron/daily' },
    exported,
  ],
}

export const analyticsEvents: Subject = {
  model: AnalyticsEvent,
  isSettled: true,
  fields: (count, askers) => ({
    event: everyNth(200, 'purchase', inTurn(['page_view', 'click', 'search'])),
    metadata: { page: '/' },
    clerkId: ownerOf(askers),
    createdAt: over(90, count),
    updatedAt: over(90, count),
  }),
  questions: () => [
    ...both.map(as => ({ about: 'counted by day', as, path: '/api/analytics' })),
    { about: 'counted by hour', as: 'largest', path: '/api/analytics?interval=hour' },
    { about: 'of a rare name, by day', as: 'largest', path: '/api/analytics?event=purchase' },
    exported,
  ],
}

let asked = 0
/** As the first request of a key, which is new each time. */
const newKey = () => ({ 'Idempotency-Key': `bench-${asked++}` })
const sameKey = () => ({ 'Idempotency-Key': 'bench-again' })

export const idempotencyRecords: Subject = {
  model: IdempotencyRecord,
  fields: (_count, askers) => ({
    clerkId: ownerOf(askers),
    keyHash: numbered('hash_'),
    salt: 'salt',
    fingerprint: 'fingerprint',
    fence: '$_id',
    leaseUntil: daysAgo(1),
    effectId: '$_id',
    reply: 'sealed',
    expiresAt: daysAgo(-1),
    createdAt: daysAgo(0),
    updatedAt: daysAgo(0),
  }),
  questions: () => {
    const post: Omit<Question, 'about'> = {
      as: 'largest',
      method: 'POST',
      path: '/api/feedback',
      body: { formType: 'demo', rating: 5 },
    }
    return [
      { ...post, about: 'a request with a new key', headers: newKey },
      { ...post, about: 'a request again', headers: sameKey },
    ]
  },
}

export const usageCounters: Subject = {
  model: UsageCounter,
  fields: () => ({
    clerkId: numbered('user_of_'),
    period: new Date().toISOString().slice(0, 7),
    chatMessages: 5,
    files: 0,
    bytes: 0,
    expiresAt: null,
    createdAt: daysAgo(1),
    updatedAt: daysAgo(1),
  }),
  questions: () => both.map(as => ({ about: 'oneself', as, path: '/api/app/me' })),
}
