const LOOPBACK = /^(127\.0\.0\.1|localhost)(:\d+)?$/
const HOST = /^[a-z0-9.-]+(:\d+)?$/i

/**
 * Where Clerk's Frontend API of this publishable key is: the part after `pk_test_` or `pk_live_` is its host in
 * base64, ended by a `$`. On loopback, where the stand-in is, plain HTTP.
 * @throws Error for what is no publishable key
 */
export function frontendOrigin(publishableKey: string): string {
  const [, encoded = ''] = /^pk_(?:test|live)_([A-Za-z0-9+/=_-]+)$/.exec(publishableKey) ?? []
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const host = decoded.slice(0, -1)
  if (!decoded.endsWith('$') || !HOST.test(host))
    throw new Error('CLERK_PUBLISHABLE_KEY is not a publishable key: it looks like pk_live_… or pk_test_…')
  return `${LOOPBACK.test(host) ? 'http' : 'https'}://${host}`
}
