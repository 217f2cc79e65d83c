/** One HTTP call of the load, whatever became of it. */
export type Call = {
  kind: string
  clerkId: string | null
  /** Names the call in the usage log. */
  requestId: string
  /** When it began, by `Date.now()`. */
  at: number
  ms: number
  /** 0 when no whole answer came. Of a stream that ended in a problem, the problem's. */
  status: number
  code: string | null
  retryAfter: string | null
  /** How the API's process says it spent the time. */
  timing: string | null
  /** Told inside a stream, whose headers were sent long before. */
  isToldInStream: boolean
  fault: string | null
}

/** Something that was to happen once: all attempts at it, and what each that succeeded was answered. */
export type Effect<S = unknown> = {
  kind: string
  clerkId: string | null
  /** Occurs in what is stored of it and nowhere else. */
  mark: string
  sent: S
  calls: Call[]
  answers: Body[]
}

/** A JSON body, unchecked: asserting its shape is the check's work. */
export type Body = ReturnType<typeof JSON.parse>

/** All that a load sent and was answered. */
export type Ledger = {
  urls: string[]
  tenants: LoadTenant[]
  calls: Call[]
  effects: Effect[]
}

/** Somebody in whose name the load calls. */
export type LoadTenant = {
  clerkId: string
  email: string
  session: Record<string, string>
  subscriptionId: string
  /** What others of the load can build on: all of it was answered 2xx. */
  conversations: string[]
  files: string[]
  /** The newest `updated_at` sent, in ms. */
  updatedAt: number
}

/** Whether a call for it was answered 2xx, so that it must have happened. */
export function isAcknowledged({ answers }: Effect): boolean {
  return answers.length > 0
}

/** Calls by their status, for whoever reads what a run did. */
export function countByStatus(calls: readonly Call[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, code } of calls) {
    const name = code ? `${status} ${code}` : String(status)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** Calls answered 2xx, by kind. */
export function countByKind(calls: readonly Call[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind, status } of calls) if (isSuccess(status)) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
