/** What a call to a model took. */
export type ModelCall = {
  provider: string
  model: string
  promptTokens: number
  completionTokens: number
  costUsd: number
}

/** What the usage log keeps of a request that called a model. */
export function callFacts(action: 'chat' | 'embed' | 'vision', call: ModelCall): Record<string, unknown> {
  const { provider, model, promptTokens, completionTokens, costUsd } = call
  const tokens_used = promptTokens + completionTokens
  return { action, provider, model, promptTokens, completionTokens, tokens_used, costUsd }
}
