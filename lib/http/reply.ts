/** What a handler returns: a status its contract lists, the body and extra headers. */
export type Reply<S extends number = number, B = unknown> = {
  status: S
  body: B
  headers?: Record<string, string>
}

export function ok<B>(body: B, headers?: Record<string, string>): Reply<200, B> {
  return { status: 200, body, ...(headers && { headers }) }
}

export function accepted<B>(body: B): Reply<202, B> {
  return { status: 202, body }
}

export function created<B>(body: B): Reply<201, B> {
  return { status: 201, body }
}
