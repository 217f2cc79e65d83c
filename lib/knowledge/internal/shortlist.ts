import { Types } from 'mongoose'
import type { Wanted } from './ranking.ts'

/** The most candidates: some 160 MB of passages with their vectors, read bit by bit when all are equally near. */
export const MOST_CANDIDATES = 20_000

/** A passage that may be among the best; hardly ever it scores more than `most`. */
export type Candidate = { id: Types.ObjectId; most: number }

/** Keeps what may yet be among the best `topK` and reach `minScore`; when that is too much, the likeliest. */
export function createShortlist({ topK, minScore }: Wanted) {
  /** The best scores that are sure, best first. */
  const sure: number[] = []
  let bar = minScore
  let kept: { id: Uint8Array; most: number }[] = []

  function raise(least: number): void {
    if (least <= (sure[topK - 1] ?? -Infinity)) return
    const place = sure.findIndex(other => least > other)
    sure.splice(place === -1 ? sure.length : place, 0, least)
    sure.length = Math.min(sure.length, topK)
    bar = Math.max(bar, sure[topK - 1] ?? bar)
  }
  function prune(): void {
    kept = kept
      .filter(({ most }) => most >= bar)
      .sort((a, b) => b.most - a.most)
      .slice(0, MOST_CANDIDATES)
  }
  return {
    bar: () => bar,
    /** Takes it if it may reach the bar. `idOf` gives a passage's id. */
    add(score: number, reach: number, idOf: () => Uint8Array): void {
      if (score + reach < bar) return
      raise(score - reach)
      kept.push({ id: idOf(), most: score + reach })
      if (kept.length === 2 * MOST_CANDIDATES) prune()
    },
    finish(): Candidate[] {
      prune()
      return kept.map(({ id, most }) => ({ id: new Types.ObjectId(id), most }))
    },
  }
}
