import { EMBEDDING_DIMENSIONS } from '../../ai/embed.ts'
import { largest } from './codes.ts'
import { rotated } from './rotation.ts'
import type { Rows } from './rows.ts'

const HIGHEST_LEVEL = 32_767
/** Standard deviations that an estimate hardly ever strays. */
const DEVIATIONS = 6
/** A code's vector is no longer than this: the coarsest stray by a tenth. */
const LONGEST = 1.02

/** A query's unit vector, made ready to be compared with codes: a level times `step` is a coordinate. */
export type Probe = { levels: Int16Array; step: number; drift: number }

export function probeFor(query: Float32Array): Probe {
  const vector = rotated(query)
  const step = largest(vector) / HIGHEST_LEVEL || 1
  const levels = new Int16Array(vector.length)
  let squares = 0
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] ?? 0
    const level = Math.round(value / step)
    const off = value - level * step
    levels[i] = level
    squares += off * off
  }
  return { levels, step, drift: Math.sqrt(squares) * LONGEST }
}

/** Rows, and the dot products of their levels with those of a probe. */
export type Compared = { rows: Rows; dots: Float64Array }

/** Where estimates are told: cosines most likely `score`, hardly ever further from it than `reach`. */
export type Estimates = {
  /** Those that cannot reach this are not told. */
  bar(): number
  add(score: number, reach: number, position: number): void
}

/** Tells the cosine of each row with the query. */
export function estimate({ step, drift }: Probe, { rows, dots }: Compared, estimates: Estimates): void {
  const { scales, strays } = rows
  for (let position = 0; position < dots.length; position++) {
    const scale = scales[position] ?? 0
    const stray = strays[position] ?? 0
    const score = (dots[position] ?? 0) * step * scale
    if (score + stray * FURTHEST + drift < estimates.bar()) continue
    const strayed = stray * deviationPerStray(score) * DEVIATIONS
    estimates.add(score, scale === 0 ? 0 : strayed + drift, position)
  }
}

/**
 * What a code strays by points in a random direction: seen from the query it is as small as a random
 * coordinate, and the smaller the nearer the query is to the vector (the estimator of RaBitQ, arXiv 2405.12497).
 */
function deviationPerStray(score: number): number {
  return Math.sqrt(Math.max(1 - score ** 2, NEARLY_ONE) / EMBEDDING_DIMENSIONS)
}
/** Of an estimate near 1 the true score may be a little less. */
const NEARLY_ONE = 0.01
/** The reach of a code for what it strays, at the most. */
const FURTHEST = DEVIATIONS / Math.sqrt(EMBEDDING_DIMENSIONS)
