/** Most characters of a term: who types more has long found what they look for. */
const MAX_TERM = 20
/** Most terms of one document: each is an entry in two indexes. */
const MAX_TERMS = 400

const MARKS = /\p{M}/gu
const LIGATURES: Record<string, string> = { œ: 'oe', æ: 'ae', ß: 'ss' }
const BETWEEN_WORDS = /[^\p{L}\p{N}]+/u
/** An address, whole or as far as it is typed. */
const ADDRESS = /^[^@]+@/

/**
 * The terms by which a document with these texts is found: each beginning of each word, without case and
 * accents. An e-mail address is a word, and so are its parts.
 */
export function searchTermsOf(...texts: (string | null)[]): string[] {
  const terms = texts.flatMap(text => wordsOf(text ?? '')).flatMap(beginningsOf)
  return [...new Set(terms)].slice(0, MAX_TERMS)
}

/** Most terms of a contact, whoever wrote from its address. */
export const MAX_CONTACT_TERMS = 1_000

type Sender = { name: string; company?: string | null | undefined }

/** The terms of a contact: those of each who wrote from its address, up to a bound the first ones. */
export function contactTermsOf(email: string, senders: readonly Sender[]): string[] {
  const terms = senders.flatMap(({ name, company }) => searchTermsOf(name, email, company ?? null))
  return [...new Set(terms)].slice(0, MAX_CONTACT_TERMS)
}

/** Filter for the documents in which each word of `q` begins a word. Without a word, `q` finds nothing. */
export function matchingTerms(q: string): Terms {
  return matchingAll(soughtTermsOf(q))
}

type Terms = { searchTerms: string | { $all: string[] } }

/** Filter for the documents that have all these terms. The server reads those that have the first one. */
export function matchingAll([first = '', ...others]: string[]): Terms {
  return { searchTerms: others.length > 0 ? { $all: [first, ...others] } : first }
}

function wordsOf(text: string): string[] {
  return folded(text)
    .split(/\s+/)
    .flatMap(piece => (ADDRESS.test(piece) ? [piece, ...partsOf(piece)] : partsOf(piece)))
}

/** The terms that documents must have, for each word of `q` one; the longest first, which mostly the fewest have. */
export function soughtTermsOf(q: string): string[] {
  const terms = wordsOf(q).map(word => [...word].slice(0, MAX_TERM).join(''))
  return [...new Set(terms)].sort((a, b) => b.length - a.length)
}

function partsOf(piece: string): string[] {
  return piece.split(BETWEEN_WORDS).filter(part => part !== '')
}

function folded(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(MARKS, '')
    .replace(/[œæß]/g, letter => LIGATURES[letter] ?? letter)
}

function beginningsOf(word: string): string[] {
  const letters = [...word].slice(0, MAX_TERM)
  return letters.map((_, end) => letters.slice(0, end + 1).join(''))
}
