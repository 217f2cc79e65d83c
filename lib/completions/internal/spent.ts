import type { OpenAI } from 'openai'
import { costOf } from '../../ai/prices.ts'
import type { ProviderName } from '../../ai/providers.ts'
import { estimateUsage } from '../../ai/usage.ts'
import type { WireMessage } from '../contracts.ts'
import { type Prepared, textOf } from './prepare.ts'

/** What an answer took. */
export type Spent = {
  provider: ProviderName
  model: string
  promptTokens: number
  completionTokens: number
  costUsd: number
}

/** What an answer took, the search for its passages counted in. */
export function spentOn(
  { provider, model, grounding, messages }: Prepared,
  { usage, choices }: OpenAI.ChatCompletion,
): Spent {
  const { promptTokens, completionTokens } = usage
    ? { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens }
    : estimateUsage(messages.map(asText), choices[0]?.message.content ?? '')
  const tokens = { promptTokens, completionTokens }
  const costUsd = costOf(model, tokens) + (grounding?.costUsd ?? 0)
  return { provider: provider.name, model, ...tokens, costUsd }
}

function asText(message: WireMessage) {
  return { role: 'user' as const, content: textOf(message) }
}
