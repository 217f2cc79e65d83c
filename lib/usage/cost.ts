/** Finer than any price per token, coarser than binary noise. */
const UNITS_PER_USD = 1e9

/** A sum of costs in billionths of a dollar, as it is told. */
export function roundedCost(usd: number): number {
  return Math.round(usd * UNITS_PER_USD) / UNITS_PER_USD
}
