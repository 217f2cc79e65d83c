import { describe, expect, it } from 'vitest'
import { locatePii, PII_KINDS } from '../../../lib/pii/find-pii.ts'
import { findCards } from '../../../lib/pii/internal/card.ts'
import { findEmails } from '../../../lib/pii/internal/email.ts'
import { findIbans } from '../../../lib/pii/internal/iban.ts'
import { findV4, findV6 } from '../../../lib/pii/internal/ip.ts'
import { findNirs } from '../../../lib/pii/internal/nir.ts'
import { findInternational, findNational } from '../../../lib/pii/internal/phone.ts'
import { blank } from '../../../lib/pii/internal/scan.ts'
import { type Finder, findInWindows } from '../../../lib/pii/internal/windows.ts'
import { pick, random } from '../billing/histories.ts'
import { FALSE_EXAMPLES } from './false-examples.ts'
import { TRUE_EXAMPLES } from './true-examples.ts'

/** `SEEDS=5000` tries that many. */
const SEEDS = Number(process.env.SEEDS ?? '30')
const WINDOW = 64 * 1024
/** Around each border of a window so much is other than filler. */
const DENSE = 700

const FINDERS: Record<string, Finder> = {
  emails: findEmails,
  IBANs: findIbans,
  NIRs: findNirs,
  cards: findCards,
  'international phones': findInternational,
  'national phones': findNational,
  'IPv6 addresses': findV6,
  'IPv4 addresses': findV4,
}

const EXAMPLES = PII_KINDS.flatMap(kind => [
  ...TRUE_EXAMPLES[kind],
  ...TRUE_EXAMPLES[kind],
  ...FALSE_EXAMPLES[kind],
])
const CHAINS = [
  'a@b.co@',
  '4242 ',
  '4444 4444 ',
  'FR14 2004 ',
  '1.1.1.',
  '06 39 98 12 34 ',
  '+33 1 ',
  'a:',
  '1 85 05 78 ',
]
const GAPS = [' ', ', ', '\n', '"', '-', '/', '', '']

/** Values and what looks like them around the borders of windows, in a text of which all else is filler. */
function textOf(next: () => number): string {
  let text = ''
  for (const border of [WINDOW, 2 * WINDOW]) {
    text += 'word '.repeat((border - DENSE - text.length) / 5)
    const chain = next() < 0.3 ? pick(next, CHAINS) : null
    while (text.length < border + DENSE) text += chain ?? pick(next, EXAMPLES) + pick(next, GAPS)
  }
  return text
}

describe('a text read in windows', () => {
  it.each(Object.entries(FINDERS))('holds the same %s as one read in one go', async (_name, find) => {
    let found = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const text = textOf(random(seed))
      const all = { from: 0, to: text.length, floor: 0 }
      const expected = await find(text, all)
      expect(await findInWindows(text, [], find), `seed ${seed}`).toEqual(expected)
      const claimed = findEmails(text, all)
      expect(await findInWindows(text, claimed, find), `seed ${seed}, claimed`).toEqual(
        await find(blank(text, claimed), all),
      )
      found += expected.length
    }
    expect(found).toBeGreaterThan(SEEDS)
  })

  it('lets others have their turn', async () => {
    let turns = 0
    let isOver = false
    const turn = () => {
      turns++
      if (!isOver) setImmediate(turn)
    }
    turn()
    await locatePii('a@exemple.fr '.repeat((1024 * 1024) / 13))
    isOver = true
    expect(turns).toBeGreaterThan(16)
  })
})

describe('what stands alone only once its neighbour is hidden', () => {
  it('is found too', async () => {
    const spans = await locatePii('192.0.2.1-4242424242424242')
    expect(spans).toEqual([
      { kind: 'ip', start: 0, end: 9 },
      { kind: 'card', start: 10, end: 26 },
    ])
  })
})
