import { z } from 'zod'
import { contract } from '../http/contract.ts'

export const healthContract = contract({
  id: 'getHealth',
  method: 'GET',
  path: '/api/health',
  tag: 'Health',
  summary: 'Whether the service and its database work',
  callers: [],
  database: false,
  responses: {
    200: z.object({
      status: z.literal('ok'),
      version: z.string(),
      database: z.object({ status: z.literal('ok'), latencyMs: z.number() }),
    }),
  },
  problems: ['unavailable', 'not_configured'],
})
