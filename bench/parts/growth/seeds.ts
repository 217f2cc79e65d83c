import type { Expression } from './fill.ts'

const TENANTS = 100
/** As many documents as the small tenant has of each collection, whatever its size. */
const SMALL = 40
/** The golden ratio's part after the point, whose multiples spread evenly. */
const EVEN = 0.6180339887498949
const DAY_MS = 24 * 60 * 60 * 1000

/** The two tenants that ask. */
export type Askers = { largest: string; small: string }

/**
 * Whose a document is: the first ones are of the small tenant, the others of a hundred, each of whom has as much
 * less as Zipf's law says: 15 % are the largest's.
 */
export function ownerOf({ largest, small }: Askers): Expression {
  const even = { $mod: [{ $multiply: ['$i', EVEN] }, 1] }
  const rank = { $toInt: { $pow: [TENANTS, even] } }
  const drawn = { $concat: ['user_', { $toString: '$$rank' }] }
  const one = { $cond: [{ $eq: ['$$rank', 1] }, largest, drawn] }
  return { $cond: [{ $lt: ['$i', SMALL] }, small, { $let: { vars: { rank }, in: one } }] }
}

/** The first documents are of the small tenant, the others nobody's. */
export function fewOwned({ small }: Askers): Expression {
  return { $cond: [{ $lt: ['$i', SMALL] }, small, null] }
}

/** A text that is another one in each document. */
export function numbered(before: string, after = ''): Expression {
  return { $concat: [before, { $toString: '$i' }, after] }
}

/** Every nth document has one value, the others the other. */
export function everyNth(n: number, one: Expression, other: Expression): Expression {
  return { $cond: [{ $eq: [{ $mod: ['$i', n] }, 0] }, one, other] }
}

/** Each value in turn, `run` times. */
export function inTurn(values: readonly Expression[], run = 1): Expression {
  const turn = { $mod: [{ $floor: { $divide: ['$i', run] } }, values.length] }
  return { $arrayElemAt: [values, { $toInt: turn }] }
}

/** Moments that ascend with the position over the last `days`. */
export function over(days: number, count: number): Expression {
  const step = (days * DAY_MS) / count
  return {
    $toDate: { $subtract: [Date.now(), { $toLong: { $multiply: [{ $subtract: [count, '$i'] }, step] } }] },
  }
}

/** A moment so many days ago, or to come. */
export function daysAgo(days: number): Date {
  return new Date(Date.now() - days * DAY_MS)
}
