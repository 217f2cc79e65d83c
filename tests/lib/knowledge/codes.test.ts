import { describe, expect, it } from 'vitest'
import { type Bits, CODE_BYTES, encode, idAt } from '../../../lib/knowledge/internal/codes.ts'
import { estimate, probeFor } from '../../../lib/knowledge/internal/probe.ts'
import { rotated } from '../../../lib/knowledge/internal/rotation.ts'
import { createShelf } from '../../../lib/knowledge/internal/shelf.ts'
import { embed } from '../../../scripts/local/openai/vectors.ts'
import { dot, randomVector, seeded, vectorNear } from '../../helpers/vectors.ts'
import { encodeFourBits } from './four-bit-codes.ts'

const random = seeded(23)
const PASSAGES = 200

/** Vectors as unlike each other as may be: the promise does not depend on what they are like. */
const KINDS: Record<string, () => Float32Array> = {
  random: () => randomVector(random),
  'of a few words': () => embed(`w${random() % 40} w${random() % 40} w${random() % 40}`, 1536),
  'with one coordinate': () => new Float32Array(1536).fill(1, 7, 8),
  'all but equal': () => vectorNear(new Float32Array(1536).fill(1 / Math.sqrt(1536)), 0.01, random),
}

const id = (position: number) => new Uint8Array(12).fill(position)

const shelf = createShelf(1024 * 1024)

function estimates(query: Float32Array, vectors: Float32Array[], bits: Bits = 8) {
  const passages = vectors.map((vector, position) => ({ id: id(position), vector }))
  const bytes = bits === 8 ? encode(passages) : encodeFourBits(passages)
  const probe = probeFor(query)
  const found: { score: number; reach: number; position: number }[] = []
  const add = (score: number, reach: number) => found.push({ score, reach, position: found.length })
  for (const compared of shelf.compareSlices({ bytes, bits }, probe))
    estimate(probe, compared, { bar: () => -Infinity, add })
  return found
}

describe('a code', () => {
  it('takes a quarter of a vector, its id and two numbers', () => {
    expect(CODE_BYTES).toBe((1536 * 4) / 4 + 12 + 8)
    expect(encode([])).toHaveLength(0)
  })

  it('tells which passage it is of', () => {
    const vectors = [randomVector(random), randomVector(random), randomVector(random)]
    const codes = encode(vectors.map((vector, position) => ({ id: id(position + 1), vector })))
    expect([0, 1, 2].map(position => idAt(codes, position))).toEqual([id(1), id(2), id(3)])
  })

  it.each(
    Object.entries(KINDS).flatMap(([kind, draw]) => [
      { bits: 8 as const, kind, draw, furthest: 0.003 },
      { bits: 4 as const, kind, draw, furthest: 0.03 },
    ]),
  )('of $bits bits tells a cosine within its reach: vectors $kind', ({ bits, draw, furthest }) => {
    const vectors = Array.from({ length: PASSAGES }, draw)
    for (let asked = 0; asked < 5; asked++) {
      const query = draw()
      const found = estimates(query, vectors, bits)
      expect(found).toHaveLength(PASSAGES)
      const strayed = found.filter(
        ({ score, reach, position }) => Math.abs(score - dot(query, vectors[position] ?? query)) > reach,
      )
      expect(strayed).toEqual([])
      expect(Math.max(...found.map(({ reach }) => reach))).toBeLessThan(furthest)
    }
  })

  it('is passed over where it cannot reach the bar, and nowhere else', () => {
    const query = randomVector(random)
    const vectors = Array.from({ length: PASSAGES }, () => randomVector(random))
    const probe = probeFor(query)
    const bytes = encode(vectors.map((vector, position) => ({ id: id(position), vector })))
    const all = estimates(query, vectors).map(({ score, reach }) => score + reach)
    const told: number[] = []
    const add = (score: number, reach: number) => told.push(score + reach)
    for (const compared of shelf.compareSlices({ bytes, bits: 8 }, probe))
      estimate(probe, compared, { bar: () => 0.03, add })
    expect(told.length).toBeLessThan(PASSAGES / 2)
    expect(told.filter(most => most >= 0.03)).toEqual(all.filter(most => most >= 0.03))
  })

  it('tells it the better the nearer', () => {
    const query = randomVector(random)
    const [near, far] = estimates(query, [vectorNear(query, 0.1, random), randomVector(random)])
    expect(near?.reach).toBeLessThan((far?.reach ?? 0) / 3)
  })

  it('of the zero vector scores 0, for certain', () => {
    const [found] = estimates(randomVector(random), [new Float32Array(1536)])
    expect(found?.score).toBeCloseTo(0, 10)
    expect(found?.reach).toBe(0)
  })
})

describe('the rotation', () => {
  it('keeps lengths and cosines', () => {
    const [a, b] = [randomVector(random), vectorNear(randomVector(random), 2, random)]
    expect(dot(rotated(a), rotated(a))).toBeCloseTo(1, 5)
    expect(dot(rotated(a), rotated(b))).toBeCloseTo(dot(a, b), 5)
  })

  it('is the same for ever, since codes are stored', () => {
    const turned = rotated(Float32Array.from({ length: 1536 }, (_, i) => i / 1536))
    expect(Array.from(turned.subarray(0, 3), value => Math.round(value * 1000))).toEqual([636, 852, -272])
  })
})
