import { UsageLog } from '../../models/usage-log.ts'
import { plainHolding } from '../privacy/rows.ts'

export const usageLogs = plainHolding({
  name: 'usage-logs',
  about: 'The requests that you and your API keys made in the last 90 days.',
  model: UsageLog,
})
