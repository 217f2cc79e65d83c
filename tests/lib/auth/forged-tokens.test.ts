import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { User } from '../../../models/user.ts'
import { freshClerkId } from '../../api/webhooks/identity.ts'
import { call, expectProblem, expectStatus, origin } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'

const { clerk } = services
const rightKey = createPrivateKey(clerk.jwtPrivateKey)
const publicKey = createPublicKey(clerk.jwtKey)
const publicJwk = publicKey.export({ format: 'jwk' })
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
  (secret: string | Buffer, hash = 'sha256'): Signer =>
  text =>
    createHmac(hash, secret).update(text).digest('base64url')
const pss =
  (key = rightKey): Signer =>
  text =>
    sign('RSA-SHA256', Buffer.from(text), {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }).toString('base64url')
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
const followedBy =
  (rest: string): Forgery =>
  sub =>
    token(goodHeader, goodClaims(sub)) + rest

const spki = publicKey.export({ type: 'spki', format: 'der' })
const pkcs1 = publicKey.export({ type: 'pkcs1', format: 'pem' })
const modulus = Buffer.from(publicJwk.n ?? '', 'base64url')
const foreign = rsa(wrongKey.privateKey)
const evil = 'https://evil.example'

const FORGERIES: [string, Forgery][] = [
  ['an extension that must be understood', withHeader({ crit: ['x'], x: 1 })],
  ['padding after the signature', followedBy('==')],
  ['alg none, unsigned', withHeader({ alg: 'none' }, unsigned)],
  ['alg None, unsigned', withHeader({ alg: 'None' }, unsigned)],
  ['alg none with a good signature', withHeader({ alg: 'none' })],
  ['HS256 over the public key', withHeader({ alg: 'HS256' }, hmac(clerk.jwtKey))],
  ['HS256 over the public key, trimmed', withHeader({ alg: 'HS256' }, hmac(clerk.jwtKey.trim()))],
  ['HS256 over the public key in DER', withHeader({ alg: 'HS256' }, hmac(spki))],
  ['HS256 over the public key in PKCS#1', withHeader({ alg: 'HS256' }, hmac(pkcs1))],
  ['HS256 over the public JWK', withHeader({ alg: 'HS256' }, hmac(JSON.stringify(publicJwk)))],
  ['HS256 over the modulus', withHeader({ alg: 'HS256' }, hmac(publicJwk.n ?? ''))],
  ['HS256 over the decoded modulus', withHeader({ alg: 'HS256' }, hmac(modulus))],
  ['HS384 over the public key', withHeader({ alg: 'HS384' }, hmac(clerk.jwtKey, 'sha384'))],
  ['RS256 said, HMAC over the public key', withHeader({}, hmac(clerk.jwtKey))],
  ['HS512 over the public key', withHeader({ alg: 'HS512' }, hmac(clerk.jwtKey, 'sha512'))],
  ['RS512 with the right key', withHeader({ alg: 'RS512' }, rsa(rightKey, 'RSA-SHA512'))],
  ['RS384 with the right key', withHeader({ alg: 'RS384' }, rsa(rightKey, 'RSA-SHA384'))],
  ['RS1 with the right key', withHeader({ alg: 'RS1' }, rsa(rightKey, 'RSA-SHA1'))],
  ['PS256 with the right key', withHeader({ alg: 'PS256' }, pss())],
  ['RS256 said, PS256 with the right key', withHeader({}, pss())],
  ['RS256 said, SHA-512 with the right key', withHeader({}, rsa(rightKey, 'RSA-SHA512'))],
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
  ['x5c', withHeader({ x5c: [jwk.n ?? ''], x5t: 'x' }, foreign)],
  ['its own jwk and no kid', withHeader({ jwk, kid: undefined }, foreign)],
  ['an empty kid', withHeader({ kid: '' }, foreign)],
  ['its own jwk as kid', withHeader({ kid: jwk }, foreign)],
  ['an extension that must be understood, from the wrong key', withHeader({ crit: ['x'], x: 1 }, foreign)],
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
  ['sub as a number', withClaims(() => ({ sub: 7 }))],
  ['sub as a list', withClaims(() => ({ sub: ['user_root'] }))],
  ['sub as an operator', withClaims(() => ({ sub: { $ne: null } }))],
  ['over 8 KiB', withClaims(() => ({ padding: 'x'.repeat(8_192) }))],
  ['the claims of another', garbled(([h, , s]) => [h ?? '', encode(goodClaims('user_root')), s ?? ''])],
  ['no signature', garbled(([h, p]) => [h ?? '', p ?? '', ''])],
  ['two segments', garbled(parts => parts.slice(0, 2))],
  ['four segments', garbled(parts => [...parts, 'x'])],
  ['five segments', garbled(parts => [...parts, 'x', 'x'])],
  ['a dot at the end', followedBy('.')],
  ['a dot at the beginning', garbled(parts => ['', ...parts])],
  ['two dots after the header', garbled(([h, ...rest]) => [h ?? '', '', ...rest])],
  ['two dots before the signature', garbled(([h, p, s]) => [h ?? '', p ?? '', '', s ?? ''])],
  ['letters after the signature', followedBy('AAAA')],
  ['a letter after the signature', followedBy('A')],
  ['a comma and more', followedBy(',x')],
  ['another token after it', sub => followedBy(`.${token(goodHeader, goodClaims(sub))}`)(sub)],
  ['a header of garbage', garbled(([, p, s]) => ['%%%', p ?? '', s ?? ''])],
  ['a header of null', garbled(([, p, s]) => [encode(null), p ?? '', s ?? ''])],
  ['claims of garbage', garbled(([h, , s]) => [h ?? '', 'bm90IGpzb24', s ?? ''])],
  ['claims of null', () => token(goodHeader, null as never)],
  ['only dots', () => '..'],
]

const me = (headers: Record<string, string>) =>
  call('GET', '/api/app/me', { headers: { 'X-Request-Id': 'same', ...headers } })
const asHeader = (value: string) => ({ Authorization: `Bearer ${value}` })
const asCookie = (value: string) => ({ Cookie: `__session=${value}`, Origin: origin })

describe.each([
  ['header', asHeader],
  ['cookie', asCookie],
])('a forged session token in a %s', (_where, present) => {
  it('is told from a good one made the same way', async () => {
    expectStatus(await me(present(token(goodHeader, goodClaims(freshClerkId())))), 200)
  })

  it.each(FORGERIES)('is refused: %s', async (_what, forge) => {
    const clerkId = freshClerkId()
    const reference = await me(asHeader('not-a-token'))
    await background.drain()
    const requests = clerk.requests()
    let answer = reference
    const commands = await commandsOf(async () => {
      answer = await me(present(forge(clerkId)))
    })
    expectProblem(answer, 401, 'unauthenticated')
    expect(answer.body).toEqual(reference.body)
    expect(clerk.requests()).toBe(requests)
    expect(commands).toEqual([])
    expect(await User.findOne({ clerkId }).lean()).toBeNull()
  })
})

describe('a session token of the right key', () => {
  it.each(['', 'ins_other', '../../etc/passwd', undefined])('is genuine whatever its kid: %j', async kid => {
    const clerkId = freshClerkId()
    expectStatus(await me(asHeader(token(goodHeader, goodClaims(clerkId)))), 200)
    const requests = clerk.requests()
    expectStatus(await me(asHeader(token({ ...goodHeader, kid }, goodClaims(clerkId)))), 200)
    expect(clerk.requests()).toBe(requests)
  })

  it('needs the room of a real one to be accepted up to the limit', async () => {
    const claims = goodClaims(freshClerkId())
    const room = 8_192 - token(goodHeader, { ...claims, padding: '' }).length
    const largest = token(goodHeader, { ...claims, padding: 'x'.repeat(Math.floor((room * 3) / 4) - 2) })
    expect(largest.length).toBeGreaterThan(8_180)
    expect(largest.length).toBeLessThanOrEqual(8_192)
    expectStatus(await me(asHeader(largest)), 200)
  })
})
