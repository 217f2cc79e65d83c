/** Tokens of a model's context window, and US dollars per million tokens in and out. */
export type ModelFacts = { context?: number; input: number; output: number; isEmbedding?: true }

/**
 * The models that are offered, by provider. Prices are those of the providers' lists as known in November 2026,
 * of short prompts where they rise with the length; AI_PRICES corrects them.
 */
export const CATALOGUE = {
  openai: {
    'gpt-4o-mini': { context: 128_000, input: 0.15, output: 0.6 },
    'gpt-4o': { context: 128_000, input: 2.5, output: 10 },
    'gpt-4.1-mini': { context: 1_047_576, input: 0.4, output: 1.6 },
    'gpt-4.1': { context: 1_047_576, input: 2, output: 8 },
    'gpt-5.4-mini': { context: 400_000, input: 0.75, output: 4.5 },
    'gpt-5.4': { context: 1_050_000, input: 2.5, output: 15 },
    'gpt-6-luna': { context: 1_050_000, input: 0.1, output: 0.5 },
    'text-embedding-3-small': { input: 0.02, output: 0, isEmbedding: true },
    'text-embedding-3-large': { input: 0.13, output: 0, isEmbedding: true },
  },
  vertex: {
    'google/gemini-2.5-flash-lite': { context: 1_048_576, input: 0.1, output: 0.4 },
    'google/gemini-3.1-flash-lite': { context: 1_048_576, input: 0.25, output: 1.5 },
    'google/gemini-3.8-flash': { context: 1_048_576, input: 0.75, output: 3.75 },
  },
  gemini: {
    'gemini-2.5-flash-lite': { context: 1_048_576, input: 0.1, output: 0.4 },
    'gemini-3.1-flash-lite': { context: 1_048_576, input: 0.25, output: 1.5 },
    'gemini-3.8-flash': { context: 1_048_576, input: 0.75, output: 3.75 },
    'gemini-embedding-001': { input: 0.15, output: 0, isEmbedding: true },
  },
  anthropic: {
    'claude-haiku-4-5': { context: 200_000, input: 1, output: 5 },
    'claude-haiku-5-5': { context: 1_000_000, input: 0.1, output: 0.5 },
    'claude-sonnet-5-5': { context: 1_000_000, input: 2, output: 10 },
    'claude-opus-5-5': { context: 1_000_000, input: 4, output: 20 },
  },
  groq: {
    'openai/gpt-oss-120b': { context: 131_072, input: 0.15, output: 0.6 },
    'openai/gpt-oss-20b': { context: 131_072, input: 0.075, output: 0.3 },
    'qwen/qwen3.6-27b': { context: 131_072, input: 0.6, output: 3 },
  },
} as const satisfies Record<string, Record<string, ModelFacts>>

/** What is known of a model; of a dated version (`gpt-4o-2024-08-06`) what is known of the model. */
export function factsOf(models: Record<string, ModelFacts>, model: string): ModelFacts | undefined {
  const names = [model, model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, '')]
  const known = names.find(name => Object.hasOwn(models, name))
  return known === undefined ? undefined : models[known]
}
