import { createHash, timingSafeEqual } from 'node:crypto'
import { writtenSecrets } from './config.ts'

/** Anything shorter is a word that a text may hold for another reason. */
const MIN_LENGTH = 8

/** API keys of ours, bearer tokens, Google's access tokens, JSON Web Tokens, private keys. */
const CREDENTIALS = new RegExp(
  [
    'tc_live_[0-9A-Za-z]{38,64}',
    '(?<=Bearer )[\\w.~+/=-]{8,8000}',
    'ya29\\.[\\w.-]{8,4000}',
    '(?<![\\w-])eyJ[\\w-]{10,2000}\\.eyJ[\\w-]{10,4000}\\.[\\w-]{10,2000}',
    '-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\\w+/=\\s\\\\]{1,20000}',
  ].join('|'),
  'g',
)
const PASSWORD_IN_ADDRESS = /(:\/\/[^\s/:@"]{0,200}:)[^\s/@"]{1,200}@/g

/** A text without the secrets of this deployment and whatever looks like a credential. */
export function withoutSecrets(text: string): string {
  return known()
    .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text)
    .replace(CREDENTIALS, '[secret]')
    .replace(PASSWORD_IN_ADDRESS, '$1[secret]@')
}

let values: string[] | undefined

/** Each secret as it is, and as it stands in JSON. */
function known(): string[] {
  values ??= [
    ...new Set(
      writtenSecrets()
        .flatMap(secretsIn)
        .filter(secret => secret.length >= MIN_LENGTH)
        .flatMap(secret => [secret, JSON.stringify(secret).slice(1, -1)]),
    ),
  ].sort((a, b) => b.length - a.length)
  return values
}

/** The secrets within a setting: a password in an address, the lines of a private key, a list's items. */
function secretsIn(written: string): string[] {
  const password = /^[\w+]+:\/\/[^:]*:(.*)@/.exec(written)?.[1]
  if (password !== undefined) return [password, decoded(password)]
  const privateKey = /"private_key"\s*:\s*"([^"]*)"/.exec(written)?.[1]
  if (privateKey !== undefined) return privateKey.split('\\n').filter(line => !line.startsWith('-'))
  return /^[\w+]+:\/\//.test(written) ? [] : written.split(',').map(item => item.trim())
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Whether two texts are equal, found out in a time that does not tell where they differ. */
export function isSameSecret(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
