import type { TenantCaller, VisitorCaller } from '../../auth/caller.ts'

export type ChatCaller = TenantCaller | VisitorCaller

/** A session id of our making: `chat_` and 192 random bits. */
const SESSION_ID = /^chat_[\w-]{32}$/

/** A visitor's session id of another form can be guessed, so it opens nothing. */
export function ownMaking(sessionId: string | undefined): string | undefined {
  return sessionId !== undefined && SESSION_ID.test(sessionId) ? sessionId : undefined
}

type OwnedFilter = { _id: string; clerkId: string | null; sessionId?: string; conversationStatus: object }

/**
 * Filter for a conversation that is the caller's: of a tenant by its id alone, of a visitor only together with
 * its session id. Null when a visitor shows none that could be right.
 */
export function owned(caller: ChatCaller, id: string, sessionId: string | undefined): OwnedFilter | null {
  const filter = { _id: id, clerkId: caller.clerkId, ...NOT_DELETED }
  if (caller.clerkId !== null) return filter
  const own = ownMaking(sessionId)
  return own === undefined ? null : { ...filter, sessionId: own }
}

export const NOT_DELETED = { conversationStatus: { $ne: 'deleted' as const } }
