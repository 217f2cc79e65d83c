import { UsageCounter } from '../../models/usage-counter.ts'
import { plainHolding } from '../privacy/rows.ts'

export const usageCounters = plainHolding({
  name: 'usage-counters',
  about: 'How much of your plan you used in each month, and in total.',
  model: UsageCounter,
  hidden: { takenBy: 0, keptBy: 0, lately: 0, givenBack: 0 },
})
