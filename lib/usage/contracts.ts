import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { instant, timestamp } from '../http/schemas.ts'

const counter = z.object({ used: z.number().int(), limit: z.number().int().nullable() })

const group = z.object({
  key: z.string().meta({ description: 'The day (`2026-01-09`, UTC) or the endpoint' }),
  requests: z.number().int(),
  errors: z.number().int().meta({ description: 'Answers with a status of 400 or more' }),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  promptTokens: z.number().int(),
  completionTokens: z.number().int(),
  costUsd: z.number(),
})

export const usageContract = contract({
  id: 'getUsage',
  method: 'GET',
  path: '/api/app/usage',
  tag: 'Usage',
  summary: 'What you used: requests, errors, response times, tokens and cost',
  description:
    'From `from` until just before `to`; a date alone is its midnight in UTC. Without `from`, the calendar month (UTC) so far. Requests are visible within seconds and kept for 90 days.',
  callers: ['user', 'key'],
  query: z.object({
    from: instant.optional(),
    to: instant.optional(),
    groupBy: z.enum(['day', 'endpoint']).default('day'),
  }),
  responses: {
    200: z.object({
      period: z.object({ start: timestamp, end: timestamp }),
      counters: z.object({ chatMessages: counter, files: counter, bytes: counter, apiKeys: counter }),
      data: z.array(group),
    }),
  },
})
