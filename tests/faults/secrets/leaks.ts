import { mongo } from 'mongoose'
import { connect } from '../../../lib/db/connect.ts'
import { unpack } from '../../lib/privacy/archive.ts'
import type { Canary } from './canaries.ts'

/** Something that was written, and where. */
export type Written = { where: string; text: string }

/** Each canary that is in what was written, as it is or encoded, with what stands around it. */
export function leaksOf(canaries: readonly Canary[], written: readonly Written[]): string[] {
  return canaries.flatMap(({ name, value }) =>
    formsOf(value).flatMap(form =>
      written
        .filter(({ text }) => text.includes(form))
        .map(({ where, text }) => `${name} in ${where}: ${around(text, text.indexOf(form))}`),
    ),
  )
}

function formsOf(value: string): string[] {
  const forms = [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64'),
    Buffer.from(value).toString('base64url'),
    Buffer.from(value).toString('hex'),
  ]
  return [...new Set(forms)]
}

/** What no answer and no log may hold, whatever its value. */
const PATTERNS: readonly (readonly [string, RegExp])[] = [
  ['a bcrypt hash', /\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}/],
  ['a vector', /(?:-?\d+(?:\.\d+)?(?:e-?\d+)?\s*,\s*){64}/],
  ['a field of a hash or vector', /"(?:keyHash|contentHash|passagesHash|embedding|vector|codes)"\s*:/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY/],
]

/** Each thing of a kind that must not be seen in what was written. */
export function kindsIn(written: readonly Written[]): string[] {
  return PATTERNS.flatMap(([name, pattern]) =>
    written.flatMap(({ where, text }) => {
      const at = text.search(pattern)
      return at === -1 ? [] : [`${name} in ${where}: ${around(text, at)}`]
    }),
  )
}

function around(text: string, at: number): string {
  return text.slice(Math.max(0, at - 80), at + 120)
}

/** Every document of every collection, its binary fields as text too. */
export async function databaseContent(): Promise<Written[]> {
  const { db } = await connect()
  if (!db) throw new Error('no database')
  const collections = await db.listCollections({}, { nameOnly: true }).toArray()
  const names = collections.map(({ name }) => name).filter(name => !name.startsWith('system.'))
  const written = await Promise.all(
    names.map(async name => {
      const documents = await db.collection(name).find().toArray()
      return documents.map(document => ({ where: `${name} ${document._id}`, text: textOf(document) }))
    }),
  )
  return written.flat()
}

function textOf(document: mongo.Document): string {
  const binary: string[] = []
  const json = mongo.BSON.EJSON.stringify(document, (_field, value) => {
    if (typeof value?.$binary?.base64 === 'string')
      binary.push(Buffer.from(value.$binary.base64, 'base64').toString('latin1'))
    return value
  })
  return [json, ...binary].join('\n')
}

/** An answer whole: its headers, and its body, unpacked when it is an archive. */
export async function writtenBy(where: string, response: Response): Promise<Written> {
  const bytes = Buffer.from(await response.arrayBuffer())
  const isZip = response.headers.get('content-type') === 'application/zip'
  const content = isZip ? [...(await unpack(bytes)).entries].flat().join('\n') : bytes.toString()
  const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
  return { where: `the answer to ${where}`, text: `${head}\n\n${content}` }
}
