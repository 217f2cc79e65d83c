import type { Place } from './place.ts'

/** What the product works out from its logs. */
const FIGURES = ['settledfigures', 'usagefigures', 'eventfigures', 'dailyfigures', 'stockcounts']
const HOUR_MS = 60 * 60 * 1000
const MOST_RUNS = 20

/** Has the daily work do what it would have done on each of the days on which the documents came. */
export async function settle({ db, ask }: Place): Promise<void> {
  for (const name of FIGURES) await db.collection(name).deleteMany({})
  for (let run = 0; run < MOST_RUNS; run++) {
    await ask({ about: 'the daily work', as: 'cron', path: '/api/cron/daily' })
    const settled = await db.collection<{ hours?: Date }>('settledfigures').findOne({})
    if (Number(settled?.hours) > Date.now() - 2 * HOUR_MS) return
  }
  throw new Error('the figures are not made')
}
