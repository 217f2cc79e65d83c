import { describe, expect, it } from 'vitest'
import { findPii, PII_KINDS } from '../../../lib/pii/find-pii.ts'
import { createMasker, type Masker } from '../../../lib/pii/mask.ts'
import { pick, random } from '../billing/histories.ts'
import { FALSE_EXAMPLES } from './false-examples.ts'
import { TRUE_EXAMPLES } from './true-examples.ts'

/** `SEEDS=5000` tries that many, `SEED=7` one of them again. */
const { SEED, SEEDS = '100' } = process.env
const seeds = SEED ? [Number(SEED)] : Array.from({ length: Number(SEEDS) }, (_, index) => index + 1)

const DATA = PII_KINDS.flatMap(kind => TRUE_EXAMPLES[kind])
const LOOK_ALIKES = [
  ...PII_KINDS.flatMap(kind => FALSE_EXAMPLES[kind]),
  ...[
    '[EMAIL_1]',
    '[email_2]',
    'PHONE_1',
    '[IBAN_1',
    'CARD_3]',
    '\\[NIR\\_1\\]',
    '[IP\\_1]',
    'IP_2',
    '[EMAIL_',
  ],
]
const WORDS = [
  'Bonjour',
  'le',
  'dossier',
  '👩‍💻',
  'e\u0301',
  '\ud83d',
  '[',
  ']',
  '\\',
  '_',
  '[1]',
  'E',
  'EMAIL',
  '42',
]
const GAPS = [' ', ' ', ', ', '; ', '\n', '"', '(', ') ', '|', '**', '\u00a0', '-', '/', '']

function randomText(next: () => number): string {
  const pieces = Array.from({ length: Math.floor(next() * 30) }, () => {
    const kind = next()
    const words = kind < 0.35 ? DATA : kind < 0.65 ? LOOK_ALIKES : WORDS
    return pick(next, words) + pick(next, GAPS)
  })
  return pieces.join('')
}

function inPieces(next: () => number, text: string): string[] {
  const pieces: string[] = []
  for (let at = 0; at < text.length; ) {
    const end = at + 1 + Math.floor(next() * (next() < 0.5 ? 3 : 20))
    pieces.push(text.slice(at, end))
    at = end
  }
  return pieces
}

function streamed({ unmaskStream }: Masker, pieces: string[]): string {
  const { push, flush } = unmaskStream()
  const passed = pieces.map(push)
  passed.push(flush())
  return passed.join('')
}

describe('random texts', () => {
  it.each(seeds)(
    'of seed %i come back as they were, whole and streamed, and leave without data',
    async seed => {
      const next = random(seed)
      const masker = createMasker()
      const texts = Array.from({ length: 4 }, () => randomText(next))
      const first = await masker.mask(texts[0] ?? '')
      const masked = [first, ...(await Promise.all(texts.slice(1).map(text => masker.mask(text))))]
      for (const [index, text] of masked.entries()) {
        expect(masker.unmask(text)).toBe(texts[index])
        expect(streamed(masker, inPieces(next, text))).toBe(texts[index])
        expect(await findPii(text)).toEqual([])
      }
    },
  )

  it.each(seeds)('of seed %i are unmasked alike whole and streamed, whatever they hold', async seed => {
    const next = random(seed)
    const masker = createMasker()
    await masker.mask(randomText(next))
    const answer = `${randomText(next)}${randomText(next)}`
    expect(streamed(masker, inPieces(next, answer))).toBe(masker.unmask(answer))
  })
})

describe('hostile text', () => {
  const MEGABYTE = 1_000_000
  const LIMIT_MS = 10_000

  /** This thread's own milliseconds, so that a busy machine fails nothing. */
  async function elapsed(work: () => unknown): Promise<number> {
    const before = process.threadCpuUsage()
    await work()
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1000
  }

  it.each([
    ...['[EMAIL_1]', '[', '\\[', 'EMAIL', 'EMAIL_', '[EMAIL_1', '\\[EMAIL\\_1\\', 'EMAIL_1 ', '_1'],
    ...['a@exemple.fr ', '192.0.2.1,', '5555555555554444-'],
  ])('of one megabyte of %j is masked and unmasked in time', async unit => {
    const text = unit.repeat(MEGABYTE / unit.length)
    const masker = createMasker()
    await masker.mask('a@exemple.fr')
    const ms = await elapsed(async () => {
      expect(masker.unmask(await masker.mask(text))).toBe(text)
      expect(streamed(masker, text.match(/[\s\S]{1,7}/g) ?? [])).toBe(masker.unmask(text))
    })
    expect(ms).toBeLessThan(LIMIT_MS)
  })

  it('with many values, and many numbers taken, is masked in time', async () => {
    const values = Array.from({ length: 30_000 }, (_, i) => `p${i}@exemple.fr`).join(' ')
    const taken = Array.from({ length: 30_000 }, (_, i) => `[EMAIL_${i + 1}]`).join(' ')
    const masker = createMasker()
    const ms = await elapsed(async () => {
      const masked = await masker.mask(`${taken} ${values}`)
      expect(masker.unmask(masked)).toBe(`${taken} ${values}`)
    })
    expect(ms).toBeLessThan(LIMIT_MS)
  })
})
