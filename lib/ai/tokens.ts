/**
 * At least as many tokens as any model counts: byte-level byte-pair encoding has a token for each byte and
 * merges from there, so a text never takes more tokens than bytes of UTF-8. Costs next to nothing.
 */
export function estimateTokens(text: string): number {
  return Buffer.byteLength(text)
}

/** Text rarely has more bytes than this to a token; English has four, French three. */
const MAX_BYTES_PER_TOKEN = 8

/** Tokens that a text surely takes, unless it is padded with long runs of spaces. */
export function fewestTokens(text: string): number {
  return Buffer.byteLength(text) / MAX_BYTES_PER_TOKEN
}

/** No word is longer, and encoding a run is quadratic in its length. */
const MAX_RUN = 64
/** Runs that the encoding takes as one word: letters, signs, space, and line ends with slashes. */
const LONG_RUN = new RegExp(
  ['[\\p{L}\\p{M}]', '[^\\s\\p{L}\\p{N}]', '\\s', '[\\r\\n/]'].map(run => `${run}{${MAX_RUN}}`).join('|'),
  'gu',
)

/** More would keep the words of many callers in memory. */
const REMEMBERED_WORDS = 1_000
/** Text such as `<|endoftext|>` is text like any other. */
const AS_TEXT = { disallowedSpecial: new Set<string>() }

/**
 * Tokens of a text as OpenAI's o200k encoding counts them, in time linear in its length; a run that is cut may
 * count for a little more. The first call loads the encoding: about 70 MB and a fifth of a second.
 */
export async function countTokens(text: string): Promise<number> {
  const { countTokens: count, setMergeCacheSize } = await import('gpt-tokenizer/encoding/o200k_base')
  setMergeCacheSize(REMEMBERED_WORDS)
  let tokens = 0
  let from = 0
  for (const { index, 0: run } of text.matchAll(LONG_RUN)) {
    const to = index + run.length
    tokens += count(text.slice(from, to), AS_TEXT)
    from = to
  }
  return tokens + count(text.slice(from), AS_TEXT)
}
