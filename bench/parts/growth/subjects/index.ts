import type { Subject } from '../questions.ts'
import { auditEntries, feedback, polarEvents } from './admin.ts'
import { buckets, conversations, runningAnswers } from './chat.ts'
import { files } from './knowledge.ts'
import { contacts, demoRequests } from './leads.ts'
import { apiKeys, users } from './tenants.ts'
import { analyticsEvents, idempotencyRecords, usageCounters, usageLogs } from './usage.ts'

export const subjects: readonly Subject[] = [
  contacts,
  demoRequests,
  users,
  usageLogs,
  conversations,
  apiKeys,
  files,
  analyticsEvents,
  auditEntries,
  polarEvents,
  buckets,
  idempotencyRecords,
  feedback,
  runningAnswers,
  usageCounters,
]
