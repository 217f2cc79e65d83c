import { DailyFigures, type DailyFiguresDocument } from '../../../models/daily-figures.ts'
import { isDuplicateKey } from '../../db/faults.ts'
import type { DayFigures } from '../contracts.ts'
import type { Day } from './days.ts'

/** What was kept of these days, by day. */
export async function findKept(days: Day[]): Promise<Map<Day, DayFigures>> {
  const found = await DailyFigures.find({ day: { $in: days } }).lean()
  return new Map(found.map(document => [document.day, toFigures(document)]))
}

/** Keeps the figures of a day that is over, unless others did; tells whether these are the ones kept. */
export async function keep({ day, errors, ...others }: DayFigures): Promise<boolean> {
  try {
    const { upsertedCount } = await DailyFigures.updateOne(
      { day },
      { $setOnInsert: { ...others, errorAnswers: errors } },
      { upsert: true },
    )
    return upsertedCount > 0
  } catch (error) {
    if (isDuplicateKey(error)) return false
    throw error
  }
}

function toFigures(kept: DailyFiguresDocument): DayFigures {
  const { day, signUps, activeTenants, requests, errorAnswers, promptTokens, completionTokens, costUsd } =
    kept
  return {
    day,
    signUps,
    activeTenants,
    requests,
    errors: errorAnswers,
    promptTokens,
    completionTokens,
    costUsd,
  }
}
