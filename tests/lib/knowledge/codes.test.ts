import { describe, expect, it } from 'vitest'
import { CODE_BYTES, compare, encode, idAt, probeFor } from '../../../lib/knowledge/internal/codes.ts'
import { rotated } from '../../../lib/knowledge/internal/rotation.ts'
import { embed } from '../../../scripts/local/openai/vectors.ts'
import { dot, randomVector, seeded, vectorNear } from '../../helpers/vectors.ts'

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

function estimates(query: Float32Array, vectors: Float32Array[]) {
  const codes = encode(vectors.map((vector, position) => ({ id: id(position), vector })))
  const found: { score: number; reach: number; position: number }[] = []
  compare(probeFor(query), codes, (score, reach, position) => found.push({ score, reach, position }))
  return found
}

describe('a code', () => {
  it('takes an eighth of a vector, its id and two numbers', () => {
    expect(CODE_BYTES).toBe((1536 * 4) / 8 + 12 + 8)
    expect(encode([])).toHaveLength(0)
  })

  it('tells which passage it is of', () => {
    const vectors = [randomVector(random), randomVector(random), randomVector(random)]
    const codes = encode(vectors.map((vector, position) => ({ id: id(position + 1), vector })))
    expect([0, 1, 2].map(position => idAt(codes, position))).toEqual([id(1), id(2), id(3)])
  })

  it.each(Object.entries(KINDS))('tells a cosine within its reach: vectors %s', (_kind, draw) => {
    const vectors = Array.from({ length: PASSAGES }, draw)
    for (let asked = 0; asked < 5; asked++) {
      const query = draw()
      const found = estimates(query, vectors)
      expect(found).toHaveLength(PASSAGES)
      const strayed = found.filter(
        ({ score, reach, position }) => Math.abs(score - dot(query, vectors[position] ?? query)) > reach,
      )
      expect(strayed).toEqual([])
      expect(Math.max(...found.map(({ reach }) => reach))).toBeLessThan(0.03)
    }
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
