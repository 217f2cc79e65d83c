import { ipAddress } from '@vercel/functions/headers'
import { type Config, config } from '../config.ts'

/** Local servers attach the socket's address to the request. */
type RequestWithSocket = Request & { ip?: string }

/**
 * The caller's address: on Vercel from the platform's own header, behind a trusted proxy the last entry of
 * X-Forwarded-For, elsewhere the socket's. Headers a client could forge are not believed.
 */
export function clientIp(
  request: Request,
  { VERCEL, TRUST_PROXY }: Pick<Config, 'VERCEL' | 'TRUST_PROXY'> = config(),
): string {
  if (VERCEL) return ipAddress(request) ?? 'unknown'
  if (TRUST_PROXY === '1') {
    const last = request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim()
    if (last) return last
  }
  return (request as RequestWithSocket).ip ?? 'unknown'
}

/** A copy of a request with the socket's address that the original came with. */
export function withAddressOf(original: Request, copy: Request): Request {
  return Object.defineProperty(copy, 'ip', { value: (original as RequestWithSocket).ip })
}
