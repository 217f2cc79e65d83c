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
    'Asks Polar how customers stand whose last event may have been missed, takes up files whose ingestion was interrupted or put off, and removes what uploads left that never ended. Does as much as fits its time and goes on the next day; safe to run twice at once. A part that failed as a whole is `null`; the others are not stopped by it.',
  callers: ['cron'],
  responses: {
    200: z.object({
      billing: z
        .object({
          checked: count.meta({ description: 'Customers asked about' }),
          changed: count.meta({ description: 'Of these, whose plan or status was not right' }),
          failed: count.meta({ description: 'Of these, that Polar gave no answer for; tried again later' }),
        })
        .nullable(),
      files: z
        .object({
          resumed: count.meta({ description: 'Files taken up again that are `ready` now' }),
          failed: count.meta({ description: 'Files taken up again that are `failed` now' }),
          remaining: count.meta({ description: 'Files that are `processing` still' }),
        })
        .nullable(),
      uploads: z
        .object({
          swept: count.meta({ description: 'Uploads that never ended, removed with what they left' }),
        })
        .nullable(),
    }),
  },
  needs: ['CRON_SECRET'],
})
