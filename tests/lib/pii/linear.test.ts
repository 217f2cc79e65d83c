import { describe, expect, it } from 'vitest'
import { findPii } from '../../../lib/pii/find-pii.ts'

const MEGABYTE = 1_000_000
const LIMIT_MS = 2000

const UNITS = [
  ...['1', '4', '0', '@', '+', ':', '.', '-', ' ', 'a', '😀'],
  ...['a.', 'a@', 'a:', 'a-', '1.', "d'", '1 ', '0 ', '01 ', '+1 ', '+1()', '(+33) ', '00 33 '],
  ...['4444 ', '4444-', 'FR14', 'FR14 ', 'FR14 2004 1010 0505 0001 3M02 607 ', '1 85 05 78 '],
  ...['1.1.1.1 ', '2001:db8::1 ', ' a:a:a:a:a:a:a:a', '+49 00 00 00 00 00 00 00 ', '06 39 98 12 34 '],
  ...[
    '%40',
    'a%40',
    'IBAN',
    'IBANFR14',
    'version ',
    'Aa/1.1.1.1',
    '(01)',
    '(01) 42 68 53 0',
    '1 85 05 78 006 084 clé ',
  ],
  ...[`${'a'.repeat(64)}@`, `a@${'a.'.repeat(120)}`, `a@${'a-'.repeat(120)}`],
]

/** This thread's own milliseconds, so that a busy machine fails nothing. */
async function elapsed(text: string): Promise<number> {
  const before = process.threadCpuUsage()
  await findPii(text)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

function repeated(unit: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
}

describe('hostile text', () => {
  it.each(UNITS)('of one megabyte of %j is read in time', async unit => {
    expect(await elapsed(repeated(unit, MEGABYTE))).toBeLessThan(LIMIT_MS)
  })

  it.each(['a.', 'a-', 'a', '-.'])('behind one @, of %j, is read in time', async unit => {
    expect(await elapsed(`a@${repeated(unit, MEGABYTE)}`)).toBeLessThan(LIMIT_MS)
  })

  it('of different numbers, each invalid, costs a bounded number of tries each', async () => {
    const numbers = Array.from({ length: 50_000 }, (_, i) => `+1 111${1_000_000 + i}`)
    expect(await elapsed(numbers.join(' '))).toBeLessThan(2 * LIMIT_MS)
  })

  it('of five megabytes is read in seconds', async () => {
    for (const unit of ['1', 'a@']) {
      expect(await elapsed(repeated(unit, 5 * MEGABYTE))).toBeLessThan(3 * LIMIT_MS)
    }
  })

  it('does not hide what stands behind it', async () => {
    const text = `${repeated('1', MEGABYTE)} a@exemple.fr ${repeated('@', MEGABYTE)} 01 42 68 53 00`
    expect((await findPii(text)).map(match => match.value)).toEqual(['a@exemple.fr', '01 42 68 53 00'])
  })
})
