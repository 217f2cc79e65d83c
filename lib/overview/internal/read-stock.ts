import { StockCounts } from '../../../models/stock-counts.ts'
import { inBackgroundOnce } from '../../background.ts'
import { countStock, type Stock } from './count-stock.ts'

const KEPT_ID = 'all'
/** So many are counted in a few milliseconds. */
const FEW = 20_000
/** How long a count is told for each document that was counted: a minute for a million. */
const TOLD_MS = 0.06

/**
 * How many there are of what an admin looks after. A few are counted for each who asks; to count many takes long,
 * so that they are told as of a short while ago, and counted again after the answer.
 */
export async function readStock(now: Date): Promise<Stock> {
  const kept = await StockCounts.findById(KEPT_ID).lean()
  if (!kept) return countAndKeep(now)
  const [age, longest] = [now.getTime() - kept.countedAt.getTime(), kept.counted * TOLD_MS]
  if (age >= longest) return countAndKeep(now)
  if (age >= longest / 2) inBackgroundOnce('count the stock', () => countAndKeep(now))
  return kept.stock
}

async function countAndKeep(countedAt: Date): Promise<Stock> {
  const stock = await countStock(countedAt)
  const counted = Object.values(stock)
    .flatMap(group => Object.values(group))
    .reduce((sum, count) => sum + count, 0)
  if (counted > FEW) {
    const kept = { stock, counted, countedAt }
    await StockCounts.updateOne({ _id: KEPT_ID }, { $set: kept }, { upsert: true })
  }
  return stock
}
