import type { OpenAI } from 'openai'
import { estimateUsage } from '../../ai/complete.ts'
import { costOf } from '../../ai/prices.ts'
import type { ProviderName } from '../../ai/providers.ts'
import type { ChatUnit } from '../../limits/chat-quota.ts'
import { log } from '../../log.ts'
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

/** Gives the chat message back when the work fails. */
export async function refunded<T>(unit: ChatUnit, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    await unit
      .giveBack()
      .catch(fault => log().error({ err: fault }, 'a chat message could not be given back'))
    throw error
  }
}

/** As `refunded`; of what succeeds the chat message is kept. */
export async function counted<T>(unit: ChatUnit, work: Promise<T>): Promise<T> {
  const done = await refunded(unit, work)
  await unit.keep().catch(fault => log().error({ err: fault }, 'a chat message stays under way'))
  return done
}
