import { analyticsEvents } from '../analytics/holdings.ts'
import { billingEvents } from '../billing/holdings.ts'
import { conversations, messages } from '../chat/holdings.ts'
import { feedback } from '../feedback/holdings.ts'
import { keyedRequests } from '../idempotency/holdings.ts'
import { apiKeys } from '../keys/holdings.ts'
import { files, passages } from '../knowledge/holdings.ts'
import { contacts, demoRequests } from '../leads/holdings.ts'
import { usageCounters } from '../limits/holdings.ts'
import { usageLogs } from '../usage/holdings.ts'
import type { Holding } from './holding.ts'

/**
 * All that is kept about a tenant beside the account itself, in the order in which it is removed: the counters
 * after the files, whose removal still moves them; the billing events while the account tells which are its own.
 */
export const HOLDINGS: readonly Holding[] = [
  apiKeys,
  files,
  passages,
  messages,
  conversations,
  keyedRequests,
  contacts,
  demoRequests,
  feedback,
  analyticsEvents,
  usageLogs,
  usageCounters,
  billingEvents,
]
