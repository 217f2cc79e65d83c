import { config } from '../config.ts'
import { CATALOGUE, factsOf, type ModelFacts } from './internal/catalogue.ts'

const LISTED: Record<string, ModelFacts> = Object.assign({}, ...Object.values(CATALOGUE))

/**
 * What a call cost in US dollars, by AI_PRICES or else the provider's price list; to a billionth; 0 for a model
 * whose price is not known.
 */
export function costOf(model: string, tokens: { promptTokens: number; completionTokens: number }): number {
  const price = factsOf(config().AI_PRICES, model) ?? factsOf(LISTED, model)
  if (!price) return 0
  const perMillion = tokens.promptTokens * price.input + tokens.completionTokens * price.output
  return Math.round(perMillion * 1_000) / 1_000_000_000
}
