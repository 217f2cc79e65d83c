import { matchingTerms } from '../search-terms.ts'

/** Which leads are meant; of both together those that fulfil both. */
export type Narrowing<S extends string> = { status?: S | undefined; q?: string | undefined }

export function narrowed<S extends string>({ status, q }: Narrowing<S>) {
  return { ...(status && { status }), ...(q && matchingTerms(q)) }
}

/**
 * The index that serves such a filter in the order of ids. It is named to the server, whose planner would
 * keep a plan for a common word and read the whole list with it for a rare one.
 */
export function indexFor({ status, q }: Narrowing<string>): Record<string, 1 | -1> {
  if (!status && !q) return { _id: 1 }
  return { ...(status && { status: 1 }), ...(q && { searchTerms: 1 }), _id: -1 }
}
