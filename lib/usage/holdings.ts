import { UsageFigures } from '../../models/usage-figures.ts'
import { UsageLog } from '../../models/usage-log.ts'
import { summedHolding } from '../figures/holding.ts'

export const usageLogs = summedHolding({
  name: 'usage-logs',
  about: 'The requests that you and your API keys made in the last 90 days.',
  model: UsageLog,
  figures: UsageFigures,
})
