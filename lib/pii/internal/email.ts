import type { Span, Window } from './scan.ts'

const LOCAL_CHARACTER = /[\p{L}\p{M}\p{N}._%+'-]/u
const DOMAIN_CHARACTER = /[\p{L}\p{M}\p{N}.-]/u
const LABEL = /^(?!-)[\p{L}\p{M}\p{N}-]{1,63}(?<!-)$/u
const TOP_LEVEL = /^(?:\p{L}[\p{L}\p{M}]{1,62}|xn--[a-z0-9-]{1,59})$/iu
/** `icon@2x.png` is a file, not a mailbox. */
const FILE_NAME = /^\dx\.(?:avif|gif|jpe?g|png|svg|webp)$/i
/** French text glues its articles to an address: `l'adresse d'élodie@exemple.fr`. */
const ELISION = /^(?:[cdjlmnst]|qu)'(?=.)/i

/** An address in a query string has its @ encoded. */
const AT = /@|%40/g

const MAX_LOCAL = 64
const MAX_DOMAIN = 255

/** Mailboxes of RFC 5321 and, with letters outside ASCII, RFC 6531; the domain needs a top-level one. */
export function findEmails(text: string, { from, to, floor }: Window): Span[] {
  const spans: Span[] = []
  let searched = floor
  for (const { index: at, 0: sign } of text.matchAll(AT)) {
    if (at < from) continue
    if (at >= to) break
    const start = localStart(text, at, searched)
    const end = start < at ? domainEnd(text, at + sign.length) : 0
    if (end === 0) continue
    spans.push({ start, end })
    searched = end
  }
  return spans
}

/** Where the local part that ends before `at` begins; `at` itself when there is none. */
function localStart(text: string, at: number, floor: number): number {
  let start = at
  const limit = Math.max(floor, at - MAX_LOCAL - 1)
  while (start > limit && LOCAL_CHARACTER.test(text.charAt(start - 1))) start--
  if (at - start > MAX_LOCAL) return at
  const local = text.slice(start, at)
  if (/\.$|\.\./.test(local)) return at
  const lead = /^[.'%-]*/.exec(local)?.[0].length ?? 0
  const elision = ELISION.exec(local.slice(lead))?.[0].length ?? 0
  return start + lead + elision
}

/** Where the longest domain that begins at `start` ends; 0 when there is none. */
function domainEnd(text: string, start: number): number {
  let end = start
  while (end - start < MAX_DOMAIN && DOMAIN_CHARACTER.test(text.charAt(end))) end++
  const labels = text.slice(start, end).split('.')
  const valid = labels.map(label => label.replace(/-+$/, ''))
  for (let i = 0, length = 0, last = 0; ; i++) {
    const label = valid[i]
    if (label === undefined || !LABEL.test(label)) return last
    length += label.length + (i > 0 ? 1 : 0)
    const isDomain = i > 0 && TOP_LEVEL.test(label) && !FILE_NAME.test(text.slice(start, start + length))
    if (isDomain) last = start + length
    if (label !== labels[i]) return last
  }
}
