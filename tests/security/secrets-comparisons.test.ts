import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isSameSecret } from '../../lib/secrets.ts'
import { root } from '../helpers/run-script.ts'

/**
 * Comparisons that end at the first difference, of what is no secret. Other secrets are compared by the database,
 * which looks hashes and 192-bit session ids up in an index, by bcrypt, and by the SDKs that check signatures.
 */
const HARMLESS: Readonly<Record<string, string>> = {
  'lib/db/indexes.ts: existing.get(name) === signature(keys)': 'the fields of an index',
  'lib/keys/internal/secret.ts: checksum(body) === presented.slice(-CHECKSUM_LENGTH)':
    'a checksum, which anybody can compute from the key',
  'lib/knowledge/internal/passages.ts: passagesHash === file.passagesHash':
    'both are of one tenant’s own text, and no caller gives one',
}

const OPERAND = String.raw`[\w$.?]+(?:\([^()]*\))?[\w$.?(]*`
const COMPARISON = new RegExp(String.raw`(${OPERAND}|'[^']*')\s*[!=]==?\s*(${OPERAND}|'[^']*')`, 'g')
const METHOD = new RegExp(
  String.raw`([\w$.?]+(?:\([^()]*\))?)\.(?:includes|startsWith|endsWith|localeCompare)\((${OPERAND})`,
  'g',
)
const SECRET = /secret|hash|digest|hmac|fingerprint|signature|password|token\b|apikey|checksum|presented/i
/** What tells something about a value without comparing it. */
const ABOUT = /^(?:null|undefined|true|false|\d+|'[^']*')$|\.(?:length|status|kind|type)$|tokens|\bTokens/

/** The comparisons in a program that might be of secrets. */
function comparisonsIn(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  return [...code.matchAll(COMPARISON), ...code.matchAll(METHOD)]
    .filter(([, left = '', right = '']) => SECRET.test(left) || SECRET.test(right))
    .filter(([, left = '', right = '']) => !ABOUT.test(left) && !ABOUT.test(right))
    .map(([found]) => found)
}

async function comparisonsOf(folder: string): Promise<string[]> {
  const names = (await readdir(join(root, folder), { recursive: true })).filter(name => name.endsWith('.ts'))
  const found = await Promise.all(
    names.map(async name => {
      const text = await readFile(join(root, folder, name), 'utf8')
      return comparisonsIn(text).map(comparison => `${folder}/${name}: ${comparison}`)
    }),
  )
  return found.flat()
}

describe('secrets', () => {
  it('are never compared by an operator that ends at the first difference', async () => {
    const found = await Promise.all(['api', 'lib', 'models'].map(comparisonsOf))
    expect(found.flat().sort()).toEqual(Object.keys(HARMLESS).sort())
  })

  it.each([
    'if (value !== CRON_SECRET) throw new Unauthenticated()',
    'if (fingerprint === subject.fingerprint(salt)) return',
    'if (fingerprintOf(description, secrets) !== row.contentHash) throw mismatch()',
    'return digest(a) == digest(b)',
    'return headers.authorization?.endsWith(config().CRON_SECRET)',
  ])('would be found: %s', line => {
    expect(comparisonsIn(line)).toHaveLength(1)
  })

  it.each(['if (token.length > MAX_TOKEN_BYTES) throw x', "typeof code === 'string'", '// hash === hash'])(
    'are told from what is none: %s',
    line => {
      expect(comparisonsIn(line)).toEqual([])
    },
  )
})

describe('two secrets', () => {
  it.each([
    ['secret', 'secret', true],
    ['', '', true],
    ['é', 'e\u0301', false],
    ['secret', 'secreT', false],
    ['secret', 'secret ', false],
    ['secret', '', false],
  ])('“%s” and “%s” are the same: %s', (one, other, isSame) => {
    expect(isSameSecret(one, other)).toBe(isSame)
  })
})
