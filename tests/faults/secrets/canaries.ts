import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { SECRET_NAMES } from '../../../lib/config.ts'

type SecretName = (typeof SECRET_NAMES)[number]

/** Something that must not be seen, and what it is. */
export type Canary = { name: string; value: string }

const random = (bytes = 24) => randomBytes(bytes).toString('hex')

/** A value of its own for each secret setting. @throws for a setting that nobody gave one here */
export function freshSecrets(tokenUri: string): Record<SecretName, string> {
  return Object.fromEntries(SECRET_NAMES.map(name => [name, freshSecret(name, tokenUri)])) as never
}

function freshSecret(name: SecretName, tokenUri: string): string {
  switch (name) {
    case 'MONGODB_URI':
      return `mongodb://canary:${random()}@127.0.0.1:1/canary`
    case 'CLERK_WEBHOOK_SECRET':
      return `whsec_${randomBytes(24).toString('base64')},whsec_${randomBytes(24).toString('base64')}`
    case 'POLAR_WEBHOOK_SECRET':
      return `polar_whs_${random()},polar_whs_${random()}`
    case 'VERTEX_CREDENTIALS':
      return JSON.stringify({
        client_email: 'canary@example.com',
        private_key: newPrivateKey(),
        token_uri: tokenUri,
      })
    default:
      return `canary${random()}`
  }
}

function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return privateKey
}

/** The canaries within the secret settings of an environment. */
export function canariesOf(environment: Readonly<Record<string, string>>): Canary[] {
  return SECRET_NAMES.flatMap(name =>
    partsOf(name, environment[name] ?? '')
      .filter(value => value !== '')
      .map(value => ({ name, value })),
  )
}

function partsOf(name: SecretName, written: string): string[] {
  if (name === 'MONGODB_URI') return [/\/\/[^:/]*:([^@]*)@/.exec(written)?.[1] ?? '']
  // A line in the middle: the first and the last look alike in every key.
  if (name === 'VERTEX_CREDENTIALS') return [/[\w+/]{64}\\n([\w+/]{64})/.exec(written)?.[1] ?? '']
  return written.split(',')
}
