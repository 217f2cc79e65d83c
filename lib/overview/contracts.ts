import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { PLAN_NAMES, type Plan } from '../limits/plans.ts'

const count = z.number().int().nonnegative()

const dayFigures = z.object({
  day: z.string().meta({ description: '`2026-01-09`, UTC' }),
  signUps: count,
  activeTenants: count.meta({ description: 'Tenants that made a request' }),
  requests: count,
  errors: count.meta({ description: 'Answers with a status of 400 or more' }),
  promptTokens: count,
  completionTokens: count,
  costUsd: z.number(),
})
export type DayFigures = z.input<typeof dayFigures>

const plans = z.object(
  Object.fromEntries(PLAN_NAMES.map(plan => [plan, count])) as Record<Plan, typeof count>,
)

const overview = z
  .object({
    users: z.object({
      total: count.meta({ description: 'Accounts that are not deleted' }),
      suspended: count,
      deleted: count.meta({ description: 'Deleted and not purged yet' }),
    }),
    plans: plans.meta({ description: 'Accounts that are not deleted, by plan' }),
    files: z.object({ failed: count, processing: count }),
    billingEvents: z.object({ pending: count, failed: count }),
    contacts: z.object({ new: count }),
    demoRequests: z.object({ pending: count }),
    days: z.array(dayFigures).meta({ description: 'Oldest first, days without anything included' }),
  })
  .meta({ id: 'Overview' })
export type Overview = z.input<typeof overview>

export const overviewContract = contract({
  id: 'getOverview',
  method: 'GET',
  path: '/api/admin/overview',
  tag: 'Admin',
  summary: 'How the product stands, and how the last days went',
  callers: ['admin'],
  query: z.object({
    days: z.coerce
      .number()
      .int()
      .min(1)
      .max(90)
      .default(30)
      .meta({ description: 'How many, today included' }),
  }),
  responses: { 200: overview },
})
