import { newMasker } from '../../ai/masker.ts'
import type { WireBody } from '../../ai/pass-through.ts'
import { type Provider, providerOf } from '../../ai/providers.ts'
import { resolveModel } from '../../ai/resolve-model.ts'
import type { TenantCaller } from '../../auth/caller.ts'
import { findGrounding, type Grounding, groundingPrompt, NO_GROUNDING } from '../../knowledge/grounding.ts'
import type { Masker } from '../../pii/mask.ts'
import type { CompletionBody, WireMessage } from '../contracts.ts'
import { maskBody } from './masking.ts'

/** Whom a request goes to. */
export type Target = { provider: Provider; model: string; knowledge: boolean }

/** A request ready to leave. */
export type Prepared = Target & {
  body: WireBody
  messages: WireMessage[]
  masker: Masker
  /** Null unless the answer is to come from the caller's files. */
  grounding: Grounding | null
}

/** @throws InvalidInput, NotConfigured */
export function targetOf(name: string): Target {
  const { provider, model, knowledge } = resolveModel(name)
  return { provider: providerOf(provider), model, knowledge }
}

/** @throws AppError `provider_error`, `provider_timeout`; NotConfigured */
export async function prepare(caller: TenantCaller, target: Target, body: CompletionBody): Promise<Prepared> {
  const masker = newMasker()
  const grounding = target.knowledge ? await groundingFor(caller, questionIn(body.messages)) : null
  const asked = { ...body, messages: [...passagesOf(grounding), ...body.messages] }
  const masked = await maskBody(masker, asked)
  return { ...target, body: { ...masked, model: target.model }, messages: masked.messages, masker, grounding }
}

/** A question without a text, of an image alone, finds nothing. */
async function groundingFor({ clerkId }: TenantCaller, question: string): Promise<Grounding> {
  return question.trim() === '' ? NO_GROUNDING : findGrounding(clerkId, question, true)
}

function passagesOf(grounding: Grounding | null): WireMessage[] {
  if (!grounding || grounding.passages.length === 0) return []
  return [{ role: 'system', content: groundingPrompt(grounding.passages) }]
}

/** What the user said last. */
function questionIn(messages: readonly WireMessage[]): string {
  const last = messages.findLast(({ role }) => role === 'user')
  return last ? textOf(last) : ''
}

/** A message's text, its parts joined. */
export function textOf({ content }: WireMessage): string {
  if (typeof content === 'string') return content
  return (content ?? []).map(({ text }) => text ?? '').join('\n')
}
