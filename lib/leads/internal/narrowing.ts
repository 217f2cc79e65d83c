import { matchingAll, soughtTermsOf } from '../search-terms.ts'

/** Which leads are meant; of both together those that fulfil both. */
export type Narrowing<S extends string> = { status?: S | undefined; q?: string | undefined }

/** Of so many words, the longest ones, is looked which the fewest leads have, by as many keys of an index. */
const WORDS_COMPARED = 4
const KEYS_COUNTED = 1_000

type Counted = {
  countDocuments(
    filter: object,
    options: { limit: number },
  ): { hint(keys: Record<string, 1 | -1>): Promise<number> }
}

/** Filter for the leads that are meant. Of several words the server reads the leads of the rarest. */
export async function narrowed<S extends string>(leads: Counted, { status, q }: Narrowing<S>) {
  const ofStatus = status && { status }
  const terms = q === undefined ? [] : soughtTermsOf(q)
  if (terms.length < 2) return { ...ofStatus, ...(q && matchingAll(terms)) }
  const counting = terms.slice(0, WORDS_COMPARED).map(async term => {
    const filter = { ...ofStatus, ...matchingAll([term]) }
    const count = await leads.countDocuments(filter, { limit: KEYS_COUNTED }).hint(indexFor({ status, q }))
    return { term, count }
  })
  const compared = (await Promise.all(counting)).toSorted((a, b) => a.count - b.count)
  const rarestFirst = [...compared.map(({ term }) => term), ...terms.slice(WORDS_COMPARED)]
  return { ...ofStatus, ...matchingAll(rarestFirst) }
}

/**
 * The index that serves such a filter in the order of ids. It is named to the server, whose planner would
 * keep a plan for a common word and read the whole list with it for a rare one.
 */
export function indexFor({ status, q }: Narrowing<string>): Record<string, 1 | -1> {
  if (!status && !q) return { _id: 1 }
  return { ...(status && { status: 1 }), ...(q && { searchTerms: 1 }), _id: -1 }
}
