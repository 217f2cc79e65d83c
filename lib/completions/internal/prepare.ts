import type { WireBody } from '../../ai/pass-through.ts'
import { type Provider, providerOf } from '../../ai/providers.ts'
import { resolveModel } from '../../ai/resolve-model.ts'
import type { TenantCaller } from '../../auth/caller.ts'
import { config } from '../../config.ts'
import { findGrounding, type Grounding, groundingPrompt } from '../../knowledge/grounding.ts'
import { type Masker, maskerFor } from '../../pii/mask.ts'
import type { CompletionBody, WireMessage } from '../contracts.ts'
import { isDelta } from './delta.ts'
import { maskIn, maskMessages } from './masking.ts'

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

export function newMasker(): Masker {
  return maskerFor(config().PII_MASKING === 'on')
}

/** @throws AppError `provider_error`, `provider_timeout`; NotConfigured */
export async function prepare(caller: TenantCaller, target: Target, body: CompletionBody): Promise<Prepared> {
  const masker = newMasker()
  const grounding = target.knowledge
    ? await findGrounding(caller.clerkId, questionIn(body.messages), true)
    : null
  const messages = await maskMessages(masker, [...passagesOf(grounding), ...body.messages])
  const { prediction } = body
  const masked = isDelta(prediction) ? { prediction: await maskIn(masker, prediction) } : {}
  return {
    ...target,
    body: { ...body, ...masked, model: target.model, messages },
    messages,
    masker,
    grounding,
  }
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
