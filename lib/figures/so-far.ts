import type { SoFar } from '../../models/settled-figures.ts'
import { addTo } from '../usage/sums.ts'

/** What two parts of a day came to together. */
export function plus(one: SoFar, other: SoFar): SoFar {
  const total = { ...one, signUps: one.signUps + other.signUps }
  addTo(total, other)
  return total
}
