import { askChat } from '../ai/pass-through.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { counted, takeChatMessage } from '../limits/chat-quota.ts'
import type { Completion, CompletionBody } from './contracts.ts'
import { unmaskCompletion } from './internal/masking.ts'
import { prepare, type Target, targetOf } from './internal/prepare.ts'
import { type Spent, spentOn } from './internal/spent.ts'

export type AnsweredCompletion = { completion: Completion; spent: Spent }

/**
 * Passes a chat request on to the provider that its model names. One message of the quota is taken before the
 * work and given back when there is no answer.
 * @throws QuotaExceeded, NotConfigured, InvalidInput, AppError `not_found`, `provider_error`, `provider_timeout`
 */
export async function createCompletion(
  caller: TenantCaller,
  body: CompletionBody,
  effectId: string | null,
): Promise<AnsweredCompletion> {
  const target = targetOf(body.model)
  const unit = await takeChatMessage(caller, effectId)
  return counted(unit, answer(caller, target, body))
}

async function answer(
  caller: TenantCaller,
  target: Target,
  body: CompletionBody,
): Promise<AnsweredCompletion> {
  const prepared = await prepare(caller, target, body)
  const given = await askChat(prepared.provider, prepared.body)
  const unmasked = unmaskCompletion(prepared.masker, given)
  const citations = prepared.grounding && { citations: prepared.grounding.citations }
  const completion = { ...unmasked, ...citations } as unknown as Completion
  return { completion, spent: spentOn(prepared, given) }
}
