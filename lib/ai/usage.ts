import type { OpenAI } from 'openai'
import type { PromptMessage, TokenUsage } from './complete.ts'

const CHARS_PER_TOKEN = 4

/** About how many tokens a text is. */
export function roughTokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN)
}

/** What a call took as the provider tells it, estimated where it tells no numbers. */
export function usageOf(
  told: Partial<OpenAI.CompletionUsage> | null | undefined,
  messages: readonly PromptMessage[],
  content: string,
): TokenUsage {
  const [promptTokens, completionTokens] = [told?.prompt_tokens, told?.completion_tokens]
  if (!isCount(promptTokens) || !isCount(completionTokens)) return estimateUsage(messages, content)
  return totalled(promptTokens, completionTokens)
}

/** Whether a provider told a count, and not only something under its name. */
export function isCount(told: unknown): told is number {
  return Number.isSafeInteger(told) && Number(told) >= 0
}

/** What a call took, by the length of its texts. */
export function estimateUsage(messages: readonly PromptMessage[], content: string): TokenUsage {
  return totalled(roughTokens(messages.map(message => message.content).join('')), roughTokens(content))
}

function totalled(promptTokens: number, completionTokens: number): TokenUsage {
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens }
}
