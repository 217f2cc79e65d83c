import type { Overview } from './contracts.ts'
import { readDays } from './internal/read-days.ts'
import { readStock } from './internal/read-stock.ts'

/** How the product stands, and the figures of the last days: `days` of them, today being the last. */
export async function getOverview({ days }: { days: number }): Promise<Overview> {
  const now = new Date()
  const [stock, figures] = await Promise.all([readStock(now), readDays(days, now)])
  return { ...stock, days: figures }
}
