import { z } from 'zod'
import { contract } from '../http/contract.ts'

const count = z.number().int()

export const dailyContract = contract({
  id: 'runDailyMaintenance',
  method: 'GET',
  path: '/api/cron/daily',
  tag: 'Maintenance',
  summary: 'Do the daily work',
  description:
    'Asks Polar how customers stand whose last event may have been missed. Does as much as fits its time and goes on the next day; safe to run twice at once.',
  callers: ['cron'],
  responses: {
    200: z.object({
      billing: z.object({
        checked: count.meta({ description: 'Customers asked about' }),
        changed: count.meta({ description: 'Of these, whose plan or status was not right' }),
        failed: count.meta({ description: 'Of these, that Polar gave no answer for; tried again later' }),
      }),
    }),
  },
  needs: ['CRON_SECRET'],
})
