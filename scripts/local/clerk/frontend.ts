import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importSPKI, type JWTPayload, jwtVerify } from 'jose'
import { dispatch, type Route, route } from '../http.ts'
import { refusalPage, signInPage } from './sign-in-page.ts'
import type { ClerkProfile } from './users.ts'

/** As long as Clerk's session tokens live. */
const TOKEN_SECONDS = 60
/** How long after its end a token can still be renewed: the length of a session. */
const SESSION_SECONDS = 86_400

export type Frontend = {
  jwtKey: string
  issuer: string
  users: ReadonlyMap<string, ClerkProfile>
  sign(clerkId: string, claims: JWTPayload, expiresInSeconds: number): Promise<string>
}

/** Answers what a browser asks: the sign-in page, fresh tokens, the script; undefined for anything else. */
export function answerFrontend(
  request: Request,
  frontend: Frontend,
): Response | Promise<Response> | undefined {
  return dispatch(frontendRoutes(frontend), request)
}

function frontendRoutes(frontend: Frontend): Route[] {
  return [
    route('GET', '/sign-in', request => showSignIn(request, frontend)),
    route('POST', '/sign-in', request => signIn(request, frontend)),
    route('POST', '/sign-in/renew', request => renew(request, frontend)),
    route('GET', '/npm/@clerk/clerk-js@:version/dist/clerk.browser.js', browserScript),
  ]
}

function showSignIn(request: Request, { users }: Frontend): Response {
  const { searchParams } = new URL(request.url)
  const redirectUrl = searchParams.get('redirect_url') ?? ''
  if (!isLoopback(redirectUrl)) return foreignRedirect()
  return signInPage(users.values(), { redirectUrl, state: searchParams.get('state') ?? '' })
}

/** The token goes back in the fragment, which browsers send to no server. */
async function signIn(request: Request, { sign }: Frontend): Promise<Response> {
  const fields = new URLSearchParams(await request.text())
  const redirectUrl = fields.get('redirectUrl') ?? ''
  const userId = fields.get('userId') ?? ''
  if (!isLoopback(redirectUrl)) return foreignRedirect()
  if (!/^[\w-]{1,64}$/.test(userId)) return refusalPage('A user id has letters, digits, _ and - only.')
  const location = new URL(redirectUrl)
  const token = await sign(userId, {}, TOKEN_SECONDS)
  location.hash = new URLSearchParams({ __clerk_token: token, state: fields.get('state') ?? '' }).toString()
  const headers = { location: location.href, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }
  return new Response(null, { status: 303, headers })
}

/** A fresh token for one of this stand-in's, which may have run out meanwhile. */
async function renew(request: Request, { jwtKey, issuer, sign }: Frontend): Promise<Response> {
  const origin = request.headers.get('origin') ?? ''
  const headers = {
    vary: 'Origin',
    'cache-control': 'no-store',
    ...(isLoopback(origin) && { 'access-control-allow-origin': origin }),
  }
  const key = await importSPKI(jwtKey, 'RS256')
  const options = { issuer, algorithms: ['RS256'], clockTolerance: SESSION_SECONDS }
  const verified = await jwtVerify(await request.text(), key, options).catch(() => null)
  const { sub, sid } = verified?.payload ?? {}
  if (!sub) return Response.json({ error: 'no session' }, { status: 401, headers })
  return Response.json({ token: await sign(sub, { sid }, TOKEN_SECONDS) }, { headers })
}

async function browserScript(): Promise<Response> {
  const text = await readFile(join(import.meta.dirname, 'browser', 'clerk.browser.js'), 'utf8')
  const headers = { 'content-type': 'text/javascript; charset=utf-8', 'access-control-allow-origin': '*' }
  return new Response(text, { headers })
}

function foreignRedirect(): Response {
  return refusalPage(
    'The stand-in sends people back to this machine only: http://127.0.0.1 or http://localhost.',
  )
}

/** Whether an address is of this very machine, so that a token sent there stays here. */
function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, username, password } = new URL(address)
  return (
    protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(hostname) && `${username}${password}` === ''
  )
}
