import type { JWT } from 'google-auth-library'
import { config, requireConfig } from '../../config.ts'

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
/** Longest wait for one answer of the token endpoint. */
const TOKEN_TIMEOUT_MS = 10_000

/** The OpenAI-compatible endpoint of the project in its location; VERTEX_BASE_URL instead when it is set. */
export function vertexBaseUrl(): string {
  const { VERTEX_BASE_URL, VERTEX_PROJECT, VERTEX_LOCATION } = config()
  if (VERTEX_BASE_URL) return VERTEX_BASE_URL
  const host = VERTEX_LOCATION === 'global' ? '' : `${VERTEX_LOCATION}-`
  const place = `projects/${VERTEX_PROJECT}/locations/${VERTEX_LOCATION}`
  return `https://${host}aiplatform.googleapis.com/v1/${place}/endpoints/openapi`
}

let account: Promise<JWT> | undefined

/** An access token of the service account in VERTEX_CREDENTIALS, the same one until it is about to expire. */
export async function vertexToken(): Promise<string> {
  account ??= openAccount()
  const { token } = await (await account).getAccessToken()
  if (!token) throw new Error('the token endpoint gave no access token')
  return token
}

async function openAccount(): Promise<JWT> {
  const { JWT } = await import('google-auth-library')
  const { client_email, private_key, token_uri } = requireConfig('VERTEX_CREDENTIALS').VERTEX_CREDENTIALS
  return new JWT({
    email: client_email,
    key: private_key,
    scopes: [SCOPE],
    // The library knows one token endpoint only; a key file may name another.
    ...(typeof token_uri === 'string' && { additionalClaims: { aud: token_uri } }),
    transporterOptions: {
      timeout: TOKEN_TIMEOUT_MS,
      ...(typeof token_uri === 'string' && {
        fetchImplementation: (_url: unknown, init?: RequestInit) => fetch(token_uri, init),
      }),
    },
  })
}
