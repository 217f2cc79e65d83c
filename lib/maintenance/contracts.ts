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
    'Asks Polar how customers stand whose last event may have been missed, takes up files whose ingestion was interrupted or put off, and removes what uploads left that never ended. Conversations that were deleted more than 90 days ago are removed, active ones in which nothing was said for 90 days archived, and accounts that were deleted more than 30 days ago purged with all they own. Does as much as fits its time and goes on the next day; safe to run twice at once. A part that failed as a whole is `null`; the others are not stopped by it.',
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
      conversations: z
        .object({
          removed: count.meta({ description: 'Deleted more than 90 days ago, now gone' }),
          archived: count.meta({ description: 'Active but silent for 90 days, now archived' }),
        })
        .nullable(),
      accounts: z
        .object({
          purged: count.meta({ description: 'Deleted more than 30 days ago, now gone with all they owned' }),
          remaining: count.meta({ description: 'Due still: for want of time, or because something failed' }),
        })
        .nullable(),
      figures: z
        .object({ days: count.meta({ description: 'Days that are over, added up for the overview' }) })
        .nullable(),
    }),
  },
  needs: ['CRON_SECRET'],
})
