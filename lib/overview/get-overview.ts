import type { Overview } from './contracts.ts'
import { countStock } from './internal/count-stock.ts'
import { readDays } from './internal/read-days.ts'

/** How the product stands, and the figures of the last days: `days` of them, today being the last. */
export async function getOverview({ days }: { days: number }): Promise<Overview> {
  const now = new Date()
  const [stock, figures] = await Promise.all([countStock(now), readDays(days, now)])
  return { ...stock, days: figures }
}
