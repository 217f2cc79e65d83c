import { type ConfigName, config } from '../config.ts'
import { NotConfigured } from '../errors.ts'
import { CATALOGUE, factsOf, type ModelFacts } from './internal/catalogue.ts'
import { vertexBaseUrl, vertexToken } from './internal/vertex.ts'

export const PROVIDER_NAMES = ['openai', 'vertex', 'gemini', 'anthropic', 'groq'] as const
export type ProviderName = (typeof PROVIDER_NAMES)[number]

/** How a provider's OpenAI-compatible endpoint is reached, and what it is asked for by default. */
export type Provider = {
  name: ProviderName
  baseUrl: string
  /** Sent as the bearer token; a function gives one that is valid now. */
  apiKey: string | (() => Promise<string>)
  chatModel: string
  /** Null where the provider embeds nothing. */
  embeddingModel: string | null
}

type Entry = {
  /** The settings without which there is no way in. */
  needs: readonly ConfigName[]
  /** How it is reached; the settings in `needs` are there. */
  reach: () => Pick<Provider, 'baseUrl' | 'apiKey'>
  chatModel: () => string
  embeddingModel: () => string | null
}

const PROVIDERS: Record<ProviderName, Entry> = {
  openai: {
    needs: ['OPENAI_API_KEY'],
    reach: () => ({ baseUrl: config().OPENAI_BASE_URL, apiKey: config().OPENAI_API_KEY ?? '' }),
    chatModel: () => config().OPENAI_CHAT_MODEL,
    embeddingModel: () => config().OPENAI_EMBEDDING_MODEL,
  },
  vertex: {
    needs: ['VERTEX_PROJECT', 'VERTEX_CREDENTIALS'],
    reach: () => ({ baseUrl: vertexBaseUrl(), apiKey: vertexToken }),
    chatModel: () => config().VERTEX_CHAT_MODEL,
    embeddingModel: () => null,
  },
  gemini: {
    needs: ['GEMINI_API_KEY'],
    reach: () => ({ baseUrl: config().GEMINI_BASE_URL, apiKey: config().GEMINI_API_KEY ?? '' }),
    chatModel: () => config().GEMINI_CHAT_MODEL,
    embeddingModel: () => 'gemini-embedding-001',
  },
  anthropic: {
    needs: ['ANTHROPIC_API_KEY'],
    reach: () => ({ baseUrl: config().ANTHROPIC_BASE_URL, apiKey: config().ANTHROPIC_API_KEY ?? '' }),
    chatModel: () => config().ANTHROPIC_CHAT_MODEL,
    embeddingModel: () => null,
  },
  groq: {
    needs: ['GROQ_API_KEY'],
    reach: () => ({ baseUrl: config().GROQ_BASE_URL, apiKey: config().GROQ_API_KEY ?? '' }),
    chatModel: () => config().GROQ_CHAT_MODEL,
    embeddingModel: () => null,
  },
}

/** The provider of that name. @throws NotConfigured naming all settings that this deployment lacks for it. */
export function providerOf(name: ProviderName): Provider {
  const { reach, chatModel, embeddingModel } = PROVIDERS[name]
  const missing = missingFor(name)
  if (missing.length > 0) throw new NotConfigured(missing)
  return { name, ...reach(), chatModel: chatModel(), embeddingModel: embeddingModel() }
}

function missingFor(name: ProviderName): ConfigName[] {
  return PROVIDERS[name].needs.filter(setting => config()[setting] === undefined)
}

export type ProviderListing = {
  provider: ProviderName
  configured: boolean
  /** Chat models, the default first. */
  models: string[]
  embeddingModels: string[]
  default: string
}

/** Every provider, configured here or not, with the models it offers. */
export function listProviders(): ProviderListing[] {
  return PROVIDER_NAMES.map(provider => {
    const { chatModel, embeddingModel } = PROVIDERS[provider]
    const offered = Object.entries<ModelFacts>(CATALOGUE[provider])
    const named = (isEmbedding: boolean) =>
      offered.filter(([, facts]) => (facts.isEmbedding ?? false) === isEmbedding).map(([model]) => model)
    return {
      provider,
      configured: missingFor(provider).length === 0,
      models: unique([chatModel(), ...named(false)]),
      embeddingModels: unique([embeddingModel(), ...named(true)].filter(model => model !== null)),
      default: chatModel(),
    }
  })
}

function unique(models: string[]): string[] {
  return [...new Set(models)]
}

/** For a model of which nothing is known: less than any chat model takes that these providers offer. */
const SAFE_CONTEXT_TOKENS = 32_768

/** How many tokens a model takes, its answer counted in. */
export function contextTokensOf(provider: ProviderName, model: string): number {
  return factsOf(CATALOGUE[provider], model)?.context ?? SAFE_CONTEXT_TOKENS
}
