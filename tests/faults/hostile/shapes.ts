import { MAX_BODY_BYTES } from '../../../lib/http/body.ts'
import type { Contract } from '../../../lib/http/contract.ts'
import { type Path, textFieldsOf, withValue } from './fields.ts'
import { roundOf } from './strings.ts'

/** A body as it is sent. */
export type Sent = { name: string; body: string | Uint8Array; type?: string }

const LEVELS = 100_000
const JSON_TYPE = 'application/json'

/** What is put where a text belongs, as JSON. */
const NO_TEXTS = [
  '{"$gt":""}',
  '{"$ne":null}',
  '{"$where":"sleep(5000)"}',
  '{"$regex":"(a+)+$"}',
  '{"__proto__":{"polluted":1}}',
  '{"toString":1}',
  '[]',
  '[["x"]]',
  '1e400',
  '-0',
  '9007199254740993',
  'true',
  '"0000-01-01T00:00:00Z"',
  '"+275760-09-13T00:00:00.001Z"',
  '"9999-12-31T23:59:59-14:00"',
  '"2026-02-30T00:00:00Z"',
]

/** Members that no body has, as JSON. */
const MEMBERS = [
  '"__proto__":{"polluted":1}',
  '"constructor":{"prototype":{"polluted":1}}',
  '"prototype":{}',
  '"hasOwnProperty":1',
  '"$where":"1"',
  '"$set":{"role":"admin"}',
  '"a.b":1',
  '"":1',
  '"\\u0000":1',
  '"\\ud800":1',
]

const PLACE = '"THE PLACE"'

/** Bodies with something else where a text belongs; in the short form each field has a part of these. */
export function misplaced(contract: Contract, json: unknown): Sent[] {
  return textFieldsOf(contract).flatMap(({ path, isFree }, turn) =>
    roundOf(NO_TEXTS, turn, isFree ? 2 : 6).map(value => ({
      name: `${path.join('.')}: ${value}`,
      body: put(json, path, value),
    })),
  )
}

function put(json: unknown, path: Path, value: string): string {
  return JSON.stringify(withValue(json, path, JSON.parse(PLACE))).replace(PLACE, value)
}

/** Bodies with members that nobody asked for. */
export function overfull(json: unknown): Sent[] {
  const text = JSON.stringify(json)
  return MEMBERS.flatMap(member => [
    { name: `${member} first`, body: text.replace('{', text === '{}' ? `{${member}` : `{${member},`) },
    { name: `${member} last`, body: text.replace(/\}$/, text === '{}' ? `${member}}` : `,${member}}`) },
  ])
}

/** Bodies that no operation can read. */
export function unreadable({ maxBodyBytes = MAX_BODY_BYTES }: Contract, json: unknown): Sent[] {
  const text = JSON.stringify(json)
  const bytes = Buffer.from(text)
  const bad = (...tail: number[]) =>
    Buffer.concat([Buffer.from('{"name":"'), Buffer.from(tail), Buffer.from('"}')])
  return [
    { name: 'deep objects', body: `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}` },
    { name: 'deep lists', body: '['.repeat(LEVELS) + ']'.repeat(LEVELS) },
    { name: 'lists without an end', body: '['.repeat(LEVELS) },
    { name: 'just too large', body: text + ' '.repeat(maxBodyBytes - bytes.byteLength + 1) },
    { name: 'a byte that is not UTF-8', body: bad(0xff) },
    { name: 'an overlong slash', body: bad(0xc0, 0xaf) },
    { name: 'half a pair in UTF-8', body: bad(0xed, 0xa0, 0x80) },
    { name: 'a cut sequence', body: bad(0xf0, 0x9f, 0x98) },
    { name: 'UTF-16', body: Buffer.from(`\ufeff${text}`, 'utf16le') },
    { name: 'a bare NUL', body: Buffer.from([0]) },
    { name: 'something behind it', body: `${text}{}` },
    { name: 'a comment', body: `/**/${text}` },
    { name: 'a comma too many', body: text.replace(/\}$/, ',}') },
    { name: 'NaN', body: '{"rating":NaN}' },
    { name: 'half of it', body: bytes.subarray(0, bytes.byteLength / 2) },
    { name: 'a number', body: '1' },
    { name: 'null', body: 'null' },
    { name: 'a text', body: JSON.stringify(text) },
    { name: 'a list', body: `[${text}]` },
    { name: 'a list of many', body: `[${'0,'.repeat(200_000)}0]` },
    { name: 'many members', body: `{${Array.from({ length: 20_000 }, (_, at) => `"m${at}":0`)}}` },
    { name: 'as text', body: text, type: 'text/plain' },
    { name: 'as a form', body: text, type: 'application/x-www-form-urlencoded' },
    { name: 'as two types', body: text, type: `${JSON_TYPE}, text/plain` },
    { name: 'as the same type twice', body: text, type: `${JSON_TYPE}, ${JSON_TYPE}` },
    { name: 'as no type', body: text, type: '' },
    { name: 'as nonsense', body: text, type: ';;=' },
  ]
}

/** The same request, written in a way that a reader may find odd. */
export function odd(json: unknown): Sent[] {
  const text = JSON.stringify(json)
  return [
    { name: 'after a byte order mark', body: `\ufeff${text}` },
    { name: 'with a charset', body: text, type: `${JSON_TYPE}; charset=utf-7` },
    { name: 'with members twice', body: text.replace(/\{(.+)\}$/s, '{$1,$1}') },
    { name: 'in escapes', body: text.replace(/[a-z]/g, char => `\\u00${char.charCodeAt(0).toString(16)}`) },
    { name: 'among spaces', body: `${' \n\t\r'.repeat(1_000)}${text}` },
  ]
}

export function typeOf({ type = JSON_TYPE }: Sent): string {
  return type
}
