import type { UsageSums } from '../../models/usage-figures.ts'

const NAMES = ['requests', 'errors', 'promptTokens', 'completionTokens', 'costUsd'] as const

/** What a `$group` adds up of rows of the usage log. */
export const SUMS_OF_ROWS = {
  requests: { $sum: 1 },
  errors: { $sum: { $cond: [{ $gte: ['$status', 400] }, 1, 0] } },
  promptTokens: { $sum: '$metadata.promptTokens' },
  completionTokens: { $sum: '$metadata.completionTokens' },
  costUsd: { $sum: '$metadata.costUsd' },
}

/** What a `$group` adds up of such sums. */
export const SUMS_OF_SUMS = Object.fromEntries(NAMES.map(name => [name, { $sum: `$${name}` }]))

/** Sums as they are, for a `$push`. */
export const SUMS_THEMSELVES = Object.fromEntries(NAMES.map(name => [name, `$${name}`]))

export function noSums(): UsageSums {
  return { requests: 0, errors: 0, promptTokens: 0, completionTokens: 0, costUsd: 0 }
}

/** Adds sums to a total in place. */
export function addTo(total: UsageSums, sums: UsageSums): void {
  for (const name of NAMES) total[name] += sums[name]
}
