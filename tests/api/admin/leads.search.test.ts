import { beforeAll, describe, expect, it } from 'vitest'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { PIPELINES } from './leads.ts'

let admin: Tenant
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin', plan: 'enterprise' })
  for (const { add } of PIPELINES) {
    for (const [name, email, company] of PEOPLE) await add({ name, email, company })
  }
})

const PEOPLE = [
  ['Élodie Lefèvre', 'e.lefevre@boulangerie-durand.fr', 'Boulangerie Durand & Fils'],
  ["Sean O'Brien", 'sean.obrien+news@acme.example', 'ACME (Europe)'],
  ['王小明', 'wang@例え.jp', '小さな店'],
  [
    'Bartholomew Featherstonehaugh-Cholmondeley',
    'bartholomew.featherstonehaugh@long.example',
    'Cœur de Lion',
  ],
  ['Bo', 'bartholomew.featherstonehaughty@long.example', 'straße 12'],
] as const
const [ELODIE, SEAN, WANG, BARTHOLOMEW, BO] = PEOPLE.map(([name]) => name)

describe.each(PIPELINES)('GET $path?q=', ({ path }) => {
  it.each([
    ['a word of the name', 'lefèvre', [ELODIE]],
    ['its beginning', 'lef', [ELODIE]],
    ['one letter', 'w', [WANG]],
    ['without its accents', 'elodie lefevre', [ELODIE]],
    ['with accents that are not there', 'séán', [SEAN]],
    ['accents written as marks', 'e\u0301lodie', [ELODIE]],
    ['another case', 'ÉLODIE', [ELODIE]],
    ['two words in any order', 'durand elo', [ELODIE]],
    ['words of different texts', 'elodie boulangerie e.lefevre@', [ELODIE]],
    ['a word twice', 'elodie elodie', [ELODIE]],
    ['two words of different people', 'elodie obrien', []],
    ['the company', 'fils', [ELODIE]],
    ['the company in brackets', 'europe', [SEAN]],
    ['what brackets hold', '(eur', [SEAN]],
    ['an apostrophe', "o'brien", [SEAN]],
    ['a ligature', 'coeur', [BARTHOLOMEW]],
    ['a ligature as it is', 'cœur', [BARTHOLOMEW]],
    ['a sharp s', 'STRASSE 1', [BO]],
    ['the address', 'sean.obrien+news@acme.example', [SEAN]],
    ['the address in capitals', 'SEAN.OBRIEN+NEWS@ACME.EXAMPLE', [SEAN]],
    ['its beginning', 'sean.ob', [SEAN]],
    ['its beginning up to the domain', 'sean.obrien+news@a', [SEAN]],
    ['its domain', '@acme.example', [SEAN]],
    ['another address of the domain', 'shaun@acme.example', []],
    ['another script', '王小', [WANG]],
    ['a word longer than a term', 'featherstonehaugh-cholmondeley', [BARTHOLOMEW]],
    ['an address longer than a term', 'bartholomew.featherstonehaughty@long.example', [BO]],
    ['the middle of a word', 'odie', []],
    ['nothing', 'zzzzz', []],
    ['any character', '.', []],
    ['a pattern', '.*', []],
    ['a pattern in a word', 'l.fevre', []],
    ['an anchored pattern', '^elodie$', [ELODIE]],
    ['a broken pattern', '[', []],
    ['an operator', '{"$ne":null}', []],
    ['a mere accent', '\u0301', []],
  ])('%s: %s', async (_name, q, names) => {
    const answer = await admin.call('GET', `${path}?limit=100&q=${encodeURIComponent(q)}`)
    expectStatus(answer, 200)
    expect(answer.body.data.map(({ name }: { name: string }) => name)).toEqual(names)
  })

  it('as long as may be', async () => {
    const q = Array.from({ length: 67 }, (_, i) => `${i}`.padStart(2, '0'))
      .join(' ')
      .slice(0, 200)
    const answer = await admin.call('GET', `${path}?q=${encodeURIComponent(q)}`)
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ data: [], nextCursor: null })
  })
})
