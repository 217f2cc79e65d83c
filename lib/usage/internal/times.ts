import { Binary } from 'mongodb'
import type { Histogram } from './percentile.ts'

/** Response times as they are stored: pairs of whole numbers of 32 bits, milliseconds and how often. */
export function packTimes(times: Histogram): Binary {
  return new Binary(new Uint8Array(Uint32Array.from([...times].flat()).buffer))
}

/** Adds stored response times to others. */
export function addPacked(times: Histogram, packed: Binary): void {
  const numbers = new Uint32Array(new Uint8Array(packed.value()).buffer)
  for (let at = 0; at < numbers.length; at += 2) addTime(times, numbers[at] ?? 0, numbers[at + 1] ?? 0)
}

export function addTime(times: Histogram, ms: number, count: number): void {
  times.set(ms, (times.get(ms) ?? 0) + count)
}

/** Three digits of a field with milliseconds: exact below a second, else within half a percent. */
export function threeDigits(field: string): object {
  const digitsBefore = { $toInt: { $floor: { $log10: field } } }
  return { $round: [field, { $cond: [{ $lt: [field, 1_000] }, 0, { $subtract: [2, digitsBefore] }] }] }
}
