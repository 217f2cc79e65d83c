import type { ProviderName } from '../providers.ts'

/** Where the providers' OpenAI-compatible endpoints differ. */
export type Dialect = {
  maxTokensParam: 'max_completion_tokens' | 'max_tokens'
  /** A higher temperature is lowered to it. */
  maxTemperature: number
  /** How an answer in JSON is asked for; 'words' where `response_format` is ignored. */
  jsonBy: 'schema' | 'object' | 'words'
  /** The model that sees, where the default chat model does not. */
  visionModel?: string
  /** Whether an image may be an address on the web. */
  fetchesImages: boolean
}

/** By the providers' own pages on their OpenAI compatibility. */
export const DIALECTS: Record<ProviderName, Dialect> = {
  openai: {
    maxTokensParam: 'max_completion_tokens',
    maxTemperature: 2,
    jsonBy: 'schema',
    fetchesImages: true,
  },
  vertex: { maxTokensParam: 'max_tokens', maxTemperature: 2, jsonBy: 'schema', fetchesImages: false },
  gemini: { maxTokensParam: 'max_tokens', maxTemperature: 2, jsonBy: 'schema', fetchesImages: true },
  anthropic: { maxTokensParam: 'max_tokens', maxTemperature: 1, jsonBy: 'words', fetchesImages: true },
  groq: {
    maxTokensParam: 'max_completion_tokens',
    maxTemperature: 2,
    jsonBy: 'object',
    visionModel: 'qwen/qwen3.6-27b',
    fetchesImages: true,
  },
}
