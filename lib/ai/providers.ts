import { config } from '../config.ts'
import { NotConfigured } from '../errors.ts'

export const PROVIDER_NAMES = ['openai', 'vertex', 'gemini', 'anthropic', 'groq'] as const
export type ProviderName = (typeof PROVIDER_NAMES)[number]

/** How a provider's OpenAI-compatible endpoint is reached, and what it is asked for by default. */
export type Provider = {
  name: ProviderName
  baseUrl: string
  apiKey: string
  chatModel: string
  embeddingModel: string
}

/** The provider of that name. @throws NotConfigured when this deployment has no credentials for it. */
export function providerOf(name: ProviderName): Provider {
  const { OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_CHAT_MODEL, OPENAI_EMBEDDING_MODEL } = config()
  if (name !== 'openai') throw new NotConfigured([`${name.toUpperCase()}_API_KEY`])
  if (OPENAI_API_KEY === undefined) throw new NotConfigured(['OPENAI_API_KEY'])
  return {
    name,
    baseUrl: OPENAI_BASE_URL,
    apiKey: OPENAI_API_KEY,
    chatModel: OPENAI_CHAT_MODEL,
    embeddingModel: OPENAI_EMBEDDING_MODEL,
  }
}
