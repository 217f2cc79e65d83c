import { UsageFigures } from '../../models/usage-figures.ts'
import { UsageLog } from '../../models/usage-log.ts'
import type { Holding } from '../privacy/holding.ts'
import { plainHolding, removeRows } from '../privacy/rows.ts'

/** With the figures made of them, which tell nothing that the requests do not. */
export const usageLogs: Holding = {
  ...plainHolding({
    name: 'usage-logs',
    about: 'The requests that you and your API keys made in the last 90 days.',
    model: UsageLog,
  }),
  collections: ['usagelogs', 'usagefigures'],
  async remove({ clerkId }, deadline) {
    const isClear = await removeRows(UsageLog, { clerkId }, deadline)
    const figures = { unit: { $in: ['hour', 'day'] as const }, clerkId }
    return isClear && (await removeRows(UsageFigures, figures, deadline))
  },
}
