import type { OpenAI } from 'openai'
import type { PromptMessage, TokenUsage } from './complete.ts'

const CHARS_PER_TOKEN = 4

/** About how many tokens a text is. */
export function roughTokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN)
}

/** What a call took, of which the provider did not tell: an estimate by the length of the texts. */
export function estimateUsage(messages: readonly PromptMessage[], content: string): TokenUsage {
  return totalled(roughTokens(messages.map(message => message.content).join('')), roughTokens(content))
}

/** What the provider tells of a call. */
export function usageOf({
  prompt_tokens = 0,
  completion_tokens = 0,
}: Partial<OpenAI.CompletionUsage>): TokenUsage {
  return totalled(prompt_tokens, completion_tokens)
}

function totalled(promptTokens: number, completionTokens: number): TokenUsage {
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens }
}
