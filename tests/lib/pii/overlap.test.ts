import { describe, expect, it } from 'vitest'
import { findPii, kindsOf, type PiiMatch } from '../../../lib/pii/find-pii.ts'

async function summary(text: string): Promise<string[]> {
  return (await findPii(text)).map(match => `${match.kind} ${match.value}`)
}

describe('offsets', () => {
  it('restore the text around every match, past emoji and combining accents', async () => {
    const text =
      '👩‍💻 Élodie <élodie@exemple.fr>, tél. 01 42 68 53 00\n\tIBAN:FR14 2004 1010 0505 0001 3M02 606 ; ' +
      'carte 4242 4242 4242 4242 (NIR 2 69 05 49 588 157 80), depuis 192.0.2.1:443 ou [2001:db8::1].'
    const matches = await findPii(text)
    expect(matches.map(match => match.kind)).toEqual(['email', 'phone', 'iban', 'card', 'nir', 'ip', 'ip'])
    for (const { start, end, value } of matches) expect(text.slice(start, end)).toBe(value)
    expect(masked(text, matches)).toBe(
      '👩‍💻 Élodie <[email]>, tél. [phone]\n\tIBAN:[iban] ; ' +
        'carte [card] (NIR [nir]), depuis [ip]:443 ou [[ip]].',
    )
  })

  it('are in order and never overlap', async () => {
    const pieces = ['192.0.2.1', '0142685300', '4242424242424242', 'a@exemple.fr', 'BE68 5390 0754 7034']
    const matches = await findPii(Array.from({ length: 200 }, (_, i) => pieces[i % 5]).join(' '))
    expect(matches).toHaveLength(200)
    for (const [i, match] of matches.entries()) {
      expect(match.start).toBeGreaterThanOrEqual(matches[i - 1]?.end ?? 0)
    }
  })

  it('are none for a text without personal data', async () => {
    expect(await findPii('')).toEqual([])
    expect(await findPii('Le chiffre d’affaires 2024 est de 1 234 567,89 € (+12,5 %).')).toEqual([])
  })
})

describe('overlap', () => {
  it.each([
    ['0142685300@exemple.fr', ['email 0142685300@exemple.fr']],
    ['FR1420041010050500013M02606@exemple.fr', ['email FR1420041010050500013M02606@exemple.fr']],
    ['FR14 2004 1010 0505 0001 3M02 606', ['iban FR14 2004 1010 0505 0001 3M02 606']],
    ['+33.1.42.68.53.00', ['phone +33.1.42.68.53.00']],
    ['::ffff:192.0.2.1', ['ip ::ffff:192.0.2.1']],
  ])('%s is one thing', async (text, expected) => {
    expect(await summary(text)).toEqual(expected)
  })

  it.each([
    ['01 42 68 53 00 06 39 98 12 34', ['phone 01 42 68 53 00', 'phone 06 39 98 12 34']],
    ['01 42 68 53 00/0639981234', ['phone 01 42 68 53 00', 'phone 0639981234']],
    ['+33142685300 0639981234', ['phone +33142685300', 'phone 0639981234']],
    ['4242 4242 4242 4242 01 42 68 53 00', ['card 4242 4242 4242 4242', 'phone 01 42 68 53 00']],
    ['+49 30 901820 4242 4242 4242 4242', ['phone +49 30 901820', 'card 4242 4242 4242 4242']],
    ['5555555555554444,0142685300,75001', ['card 5555555555554444', 'phone 0142685300']],
    ['192.0.2.1-192.0.2.9', ['ip 192.0.2.1', 'ip 192.0.2.9']],
    ['a@exemple.fr,b@exemple.fr', ['email a@exemple.fr', 'email b@exemple.fr']],
  ])('%s is two', async (text, expected) => {
    expect(await summary(text)).toEqual(expected)
  })

  it('leaves to a sentence what is its own', async () => {
    expect(await summary('Appelez le +33 1 42 68 53 00 2 fois en 2024')).toEqual(['phone +33 1 42 68 53 00'])
    expect(await summary("L'adresse d'élodie@exemple.fr.")).toEqual(['email élodie@exemple.fr'])
    expect(await summary('Carte 4242 4242 4242 4242 12/30')).toEqual(['card 4242 4242 4242 4242'])
  })
})

describe('kindsOf', () => {
  it('lists each kind once, in the order of PII_KINDS', async () => {
    const matches = await findPii('192.0.2.1 a@exemple.fr 192.0.2.2 0142685300 b@exemple.fr')
    expect(kindsOf(matches)).toEqual(['email', 'phone', 'ip'])
    expect(kindsOf([])).toEqual([])
  })
})

function masked(text: string, matches: PiiMatch[]): string {
  return matches.reduceRight((rest, m) => `${rest.slice(0, m.start)}[${m.kind}]${rest.slice(m.end)}`, text)
}
