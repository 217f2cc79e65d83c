/** US dollars per million tokens in and out, by model, as the providers list them. */
const PRICES: Record<string, { input: number; output: number }> = {
  'gpt-4o-mini': { input: 0.15, output: 0.6 },
  'gpt-4o': { input: 2.5, output: 10 },
  'text-embedding-3-small': { input: 0.02, output: 0 },
  'text-embedding-3-large': { input: 0.13, output: 0 },
}

/** What a call cost in US dollars; to a billionth; 0 for a model whose price is not known. */
export function costOf(model: string, tokens: { promptTokens: number; completionTokens: number }): number {
  const price = PRICES[model]
  if (!price) return 0
  const perMillion = tokens.promptTokens * price.input + tokens.completionTokens * price.output
  return Math.round(perMillion * 1_000) / 1_000_000_000
}
