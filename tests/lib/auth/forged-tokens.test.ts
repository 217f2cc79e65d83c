import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { User } from '../../../models/user.ts'
import { freshClerkId } from '../../api/webhooks/identity.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'

const { clerk } = services
const rightKey = createPrivateKey(clerk.jwtPrivateKey)
const wrongKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwk = wrongKey.publicKey.export({ format: 'jwk' })

type Part = Record<string, unknown>

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
const seconds = () => Math.floor(Date.now() / 1000)
const goodHeader = { alg: 'RS256', typ: 'JWT', kid: clerk.kid }
const goodClaims = (sub: string): Part => ({
  sub,
  iss: clerk.issuer,
  azp: clerk.azp,
  iat: seconds(),
  nbf: seconds() - 10,
  exp: seconds() + 600,
})

type Signer = (text: string) => string
const rsa =
  (key = rightKey, hash = 'RSA-SHA256'): Signer =>
  text =>
    sign(hash, Buffer.from(text), key).toString('base64url')
const hmac =
  (secret: string, hash = 'sha256'): Signer =>
  text =>
    createHmac(hash, secret).update(text).digest('base64url')
const unsigned: Signer = () => ''

/** A token of any header and claims; a claim of undefined is left out. */
function token(header: Part, claims: Part, signer: Signer = rsa()): string {
  const text = `${encode(header)}.${encode(claims)}`
  return `${text}.${signer(text)}`
}

type Forgery = (sub: string) => string
const withClaims =
  (change: () => Part): Forgery =>
  sub =>
    token(goodHeader, { ...goodClaims(sub), ...change() })
const withHeader =
  (change: Part, signer?: Signer): Forgery =>
  sub =>
    token({ ...goodHeader, ...change }, goodClaims(sub), signer)
const garbled =
  (change: (parts: string[]) => string[]): Forgery =>
  sub =>
    change(token(goodHeader, goodClaims(sub)).split('.')).join('.')

const foreign = rsa(wrongKey.privateKey)
const evil = 'https://evil.example'

const FORGERIES: [string, Forgery][] = [
  ['alg none, unsigned', withHeader({ alg: 'none' }, unsigned)],
  ['alg None, unsigned', withHeader({ alg: 'None' }, unsigned)],
  ['alg none with a good signature', withHeader({ alg: 'none' })],
  ['HS256 over the public key', withHeader({ alg: 'HS256' }, hmac(clerk.jwtKey))],
  ['HS256 over the public key, trimmed', withHeader({ alg: 'HS256' }, hmac(clerk.jwtKey.trim()))],
  ['RS256 said, HMAC over the public key', withHeader({}, hmac(clerk.jwtKey))],
  ['HS512 over the public key', withHeader({ alg: 'HS512' }, hmac(clerk.jwtKey, 'sha512'))],
  ['RS512 with the right key', withHeader({ alg: 'RS512' }, rsa(rightKey, 'RSA-SHA512'))],
  ['RS384 with the right key', withHeader({ alg: 'RS384' }, rsa(rightKey, 'RSA-SHA384'))],
  ['rs256 in lower case', withHeader({ alg: 'rs256' })],
  ['no alg', withHeader({ alg: undefined })],
  ['alg as a list', withHeader({ alg: ['RS256'] })],
  ['another type', withHeader({ typ: 'at+jwt' })],
  ['the wrong key', withHeader({}, foreign)],
  ['the wrong key and an unknown kid', withHeader({ kid: 'ins_unknown' }, foreign)],
  ['a kid that is a path', withHeader({ kid: '../../../../dev/null' }, foreign)],
  ['a kid that is a path, empty HMAC', withHeader({ alg: 'HS256', kid: '/dev/null' }, hmac(''))],
  ['a kid that is an address', withHeader({ kid: `${clerk.apiUrl}/v1/jwks` }, foreign)],
  ['jku', withHeader({ jku: `${clerk.apiUrl}/v1/jwks` }, foreign)],
  ['x5u', withHeader({ x5u: `${clerk.apiUrl}/v1/cert.pem` }, foreign)],
  ['its own jwk', withHeader({ jwk }, foreign)],
  ['another issuer', withClaims(() => ({ iss: evil }))],
  ['the issuer with a slash', withClaims(() => ({ iss: `${clerk.issuer}/` }))],
  ['no issuer', withClaims(() => ({ iss: undefined }))],
  ['no azp', withClaims(() => ({ azp: undefined }))],
  ['an empty azp', withClaims(() => ({ azp: '' }))],
  ['a foreign azp', withClaims(() => ({ azp: evil }))],
  ['azp as a list', withClaims(() => ({ azp: [clerk.azp] }))],
  ['expired', withClaims(() => ({ exp: seconds() - 60 }))],
  ['no exp', withClaims(() => ({ exp: undefined }))],
  ['exp as text', withClaims(() => ({ exp: String(seconds() + 600) }))],
  ['not yet valid', withClaims(() => ({ nbf: seconds() + 60 }))],
  ['issued in the future', withClaims(() => ({ iat: seconds() + 60 }))],
  ['no sub', withClaims(() => ({ sub: undefined }))],
  ['an empty sub', withClaims(() => ({ sub: '' }))],
  ['sub as an operator', withClaims(() => ({ sub: { $ne: null } }))],
  ['over 8 KiB', withClaims(() => ({ padding: 'x'.repeat(8_192) }))],
  ['the claims of another', garbled(([h, , s]) => [h ?? '', encode(goodClaims('user_root')), s ?? ''])],
  ['no signature', garbled(([h, p]) => [h ?? '', p ?? '', ''])],
  ['two segments', garbled(parts => parts.slice(0, 2))],
  ['four segments', garbled(parts => [...parts, 'x'])],
  ['a header of garbage', garbled(([, p, s]) => ['%%%', p ?? '', s ?? ''])],
  ['a header of null', garbled(([, p, s]) => [encode(null), p ?? '', s ?? ''])],
  ['claims of garbage', garbled(([h, , s]) => [h ?? '', 'bm90IGpzb24', s ?? ''])],
  ['claims of null', () => token(goodHeader, null as never)],
  ['only dots', () => '..'],
]

describe('a forged session token', () => {
  const me = (bearer: string) =>
    call('GET', '/api/app/me', { headers: { Authorization: `Bearer ${bearer}`, 'X-Request-Id': 'same' } })

  it('is told from a good one made the same way', async () => {
    expectStatus(await me(token(goodHeader, goodClaims(freshClerkId()))), 200)
  })

  it.each(FORGERIES)('is refused: %s', async (_what, forge) => {
    const clerkId = freshClerkId()
    const reference = await me('not-a-token')
    await background.drain()
    const requests = clerk.requests()
    let answer = reference
    const commands = await commandsOf(async () => {
      answer = await me(forge(clerkId))
    })
    expectProblem(answer, 401, 'unauthenticated')
    expect(answer.body).toEqual(reference.body)
    expect(clerk.requests()).toBe(requests)
    expect(commands).toEqual([])
    expect(await User.findOne({ clerkId }).lean()).toBeNull()
  })

  it('needs the room of a real one to be accepted up to the limit', async () => {
    const claims = goodClaims(freshClerkId())
    const room = 8_192 - token(goodHeader, { ...claims, padding: '' }).length
    const largest = token(goodHeader, { ...claims, padding: 'x'.repeat(Math.floor((room * 3) / 4) - 2) })
    expect(largest.length).toBeGreaterThan(8_180)
    expect(largest.length).toBeLessThanOrEqual(8_192)
    expectStatus(await me(largest), 200)
  })
})
