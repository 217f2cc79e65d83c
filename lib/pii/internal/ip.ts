import { isIP } from 'node:net'
import { AFTER, SPACES } from './digits.ts'
import { type Span, scan, type Window } from './scan.ts'

const V6_CANDIDATE = /(?<![\p{L}\p{N}_.]|[0-9a-f:]:)(?=[0-9a-f]{0,4}:)[0-9a-f:.]{3,46}(?![\p{L}\p{N}_:])/giu
/** `Version 1.2.3.4`, `section 1.2.3.4` and `Chrome/120.0.0.0` count something else. */
const NUMBERED = `(?:version|release|build|section|chapter|chapitre|article|annexe|§)[${SPACES}]?:?[${SPACES}]?`
const PRODUCT = '(?<![\\p{L}\\p{N}_./])[\\p{L}][\\p{L}\\p{N}_-]{0,40}/'
const PRE_RELEASE = '-(?:alpha|beta|rc|pre|dev|snapshot)'
const V4_CANDIDATE = new RegExp(
  `(?<![\\p{L}\\p{N}_+]|\\p{N}\\.|${NUMBERED}|${PRODUCT})\\d{1,3}(?:\\.\\d{1,3}){3}` +
    `(?!${PRE_RELEASE})${AFTER.replace('-[\\p{L}\\p{N}]|', '')}`,
  'giu',
)

/** IPv6 addresses of RFC 4291, as Node reads them. */
export function findV6(text: string, window: Window): Span[] {
  return scan(text, window, V6_CANDIDATE, measureV6)
}

/** IPv4 addresses in dotted decimal, as Node reads them. */
export function findV4(text: string, window: Window): Span[] {
  return scan(text, window, V4_CANDIDATE, candidate => (isIP(candidate) === 4 ? candidate.length : 0))
}

/** A sentence may put a full stop or a colon right behind an address. */
function measureV6(candidate: string): number {
  const trimmed = candidate.replace(/[.:]$/, '')
  const address = [candidate, trimmed].find(text => isIP(text) === 6)
  return address && looksAssigned(address) ? address.length : 0
}

/** Every assigned block needs a long group; `a::b` and `1::2` are code, eight pairs are a hardware address. */
function looksAssigned(address: string): boolean {
  return address === '::1' || (/[0-9a-f]{3}/i.test(address) && /\d/.test(address))
}
