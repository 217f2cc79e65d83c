import { expect, it } from 'vitest'
import { findGrounding } from '../../../lib/knowledge/grounding.ts'
import { findPii } from '../../../lib/pii/find-pii.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'
import { beginUpload, rowOf } from './processing.ts'

// Settings are read when the first request comes.
process.env.PII_MASKING = 'on'

const CONTACTS = Array.from({ length: 400 }, (_, i) => ({
  note: `${'lorem ipsum '.repeat(1 + (i % 5))}dolor`,
  email: `q${i}zyx.marie.curie${i}@kolibri${i}.example`,
  iban: ibanOf(i),
  card: cardOf(i),
  phone: `06 39 98 ${String(10 + (i % 90))} ${String(10 + ((i * 7) % 90))}`,
}))
const VALUES = CONTACTS.flatMap(({ email, iban, card, phone }) => [email, iban, card, phone])

const LONG_LINE = CONTACTS.map(
  ({ note, email, iban, card, phone }) => `${note} ${email} ${iban} ${note} ${card} or ${phone}`,
).join(' ')

it.each([
  ['minified JSON', JSON.stringify(CONTACTS)],
  ['one long line', LONG_LINE],
])('no part of a value leaves when %s is embedded', async (_kind, text) => {
  expect((await findPii(text)).map(({ value }) => value)).toEqual(expect.arrayContaining(VALUES))
  const fileId = await beginUpload(await freshTenant(), text)
  await background.drain()
  expect(await rowOf(fileId)).toMatchObject({ status: 'ready' })
  expect(leaked(VALUES)).toEqual([])
})

it('no part of a value leaves with a question that is searched for in part', async () => {
  const email = 'xylophone.marie.curie@kolibri.example'
  for (let cutAt = 1; cutAt < email.length; cutAt++) {
    const before = `${'lorem '.repeat(700).slice(0, 4_000 - cutAt - 1)} `
    await findGrounding((await freshTenant()).clerkId, `${before}${email} and more`, true)
    expect(leaked([email]), `cut at ${cutAt}`).toEqual([])
  }
})

/** Parts of the values, six characters long, that the provider was sent. */
function leaked(values: string[]): string[] {
  const sent = JSON.stringify(services.openai.requests().map(({ body }) => body))
  const seen = new Set(partsOf(sent))
  return [...new Set(values.flatMap(partsOf))].filter(part => seen.has(part))
}

function partsOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 5) }, (_, at) => text.slice(at, at + 6))
}

function ibanOf(i: number): string {
  const account = `370400440532${String(i).padStart(6, '0')}`
  const check = 98 - Number(BigInt(`${account}131400`) % 97n)
  return `DE${String(check).padStart(2, '0')}${account}`.replace(/(.{4})(?=.)/g, '$1 ')
}

function cardOf(i: number): string {
  const first = `424242${String(i * 7_919).padStart(9, '0')}`
  const doubled = Array.from(first, (digit, at) => (at % 2 === 0 ? Number(digit) * 2 : Number(digit)))
  const sum = doubled.reduce((total, digit) => total + (digit > 9 ? digit - 9 : digit), 0)
  return `${first}${(10 - (sum % 10)) % 10}`.replace(/(.{4})(?=.)/g, '$1 ')
}
