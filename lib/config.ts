import { z } from 'zod'
import { AppError, NotConfigured } from './errors.ts'

const commaList = z
  .string()
  .transform(value => value.split(',').map(item => item.trim()))
  .transform(items => items.filter(item => item !== ''))
  .pipe(z.array(z.string()).min(1, 'holds no item'))

const originList = commaList.pipe(
  z.array(z.url({ protocol: /^https?$/ }).transform(url => new URL(url).origin)),
)

const PEM = /-----BEGIN ([A-Z ]+)-----[\w+/=\s]+-----END \1-----/g

/**
 * PEM keys, one after another or separated by commas; line breaks may be written as `\n`, the way hosting
 * dashboards store them.
 */
const pemList = z.string().transform((value, context) => {
  const text = value.replaceAll('\\n', '\n')
  const keys = text.match(PEM)
  if (keys && /^[\s,]*$/.test(text.replace(PEM, ''))) return [...keys]
  context.addIssue({ code: 'custom', message: 'is not a PEM key' })
  return z.NEVER
})

const httpUrl = z.url({ protocol: /^https?$/ }).transform(url => url.replace(/\/+$/, ''))

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' })
    return z.NEVER
  }
})

/** The JSON key file of a Google service account. */
const serviceAccount = json.pipe(z.looseObject({ client_email: z.string(), private_key: z.string() }))

/** US dollars per million tokens, by model. */
const prices = json.pipe(
  z.record(
    z.string(),
    z.strictObject({ input: z.number().nonnegative(), output: z.number().nonnegative().default(0) }),
  ),
)

const schema = z.object({
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://')
    .optional(),

  PUBLIC_URL: httpUrl.optional(),
  UPGRADE_URL: httpUrl.optional(),
  ALLOWED_ORIGINS: originList.default([]),
  TRUST_PROXY: z.enum(['0', '1']).default('0'),
  USAGE_LOGGING: z.enum(['on', 'off']).default('on'),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  CRON_SECRET: z.string().min(16).optional(),

  TURNSTILE_SECRET_KEY: z.string().optional(),
  TURNSTILE_URL: httpUrl.default('https://challenges.cloudflare.com/turnstile/v0'),

  CLERK_SECRET_KEY: z.string().optional(),
  CLERK_API_URL: httpUrl.optional(),
  CLERK_ISSUER: httpUrl.optional(),
  CLERK_JWT_KEY: pemList.optional(),
  CLERK_AUTHORIZED_PARTIES: originList.optional(),
  CLERK_WEBHOOK_SECRET: commaList.optional(),

  POLAR_ACCESS_TOKEN: z.string().optional(),
  POLAR_API_URL: httpUrl.optional(),
  POLAR_WEBHOOK_SECRET: commaList.optional(),
  POLAR_PRODUCT_PROFESSIONAL: z.string().optional(),
  POLAR_PRODUCT_ENTERPRISE: z.string().optional(),

  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: httpUrl.default('https://api.openai.com/v1'),
  OPENAI_CHAT_MODEL: z.string().default('gpt-4o-mini'),
  OPENAI_EMBEDDING_MODEL: z.string().default('text-embedding-3-small'),
  VERTEX_PROJECT: z.string().optional(),
  VERTEX_LOCATION: z.string().default('global'),
  VERTEX_CREDENTIALS: serviceAccount.optional(),
  VERTEX_BASE_URL: httpUrl.optional(),
  VERTEX_CHAT_MODEL: z.string().default('google/gemini-3.8-flash'),
  GEMINI_API_KEY: z.string().optional(),
  GEMINI_BASE_URL: httpUrl.default('https://generativelanguage.googleapis.com/v1beta/openai'),
  GEMINI_CHAT_MODEL: z.string().default('gemini-3.8-flash'),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: httpUrl.default('https://api.anthropic.com/v1'),
  ANTHROPIC_CHAT_MODEL: z.string().default('claude-sonnet-5-5'),
  GROQ_API_KEY: z.string().optional(),
  GROQ_BASE_URL: httpUrl.default('https://api.groq.com/openai/v1'),
  GROQ_CHAT_MODEL: z.string().default('openai/gpt-oss-120b'),
  AI_PRICES: prices.default({}),
  PII_MASKING: z.enum(['on', 'off']).default('off'),
  AI_TIMEOUT_MS: z.coerce.number().int().min(1000).max(300_000).default(60_000),

  STORAGE_PROVIDER: z.enum(['mongodb_gridfs', 's3', 'cloudflare_r2']).default('mongodb_gridfs'),
  S3_BUCKET: z.string().optional(),
  S3_REGION: z.string().default('auto'),
  S3_ENDPOINT: httpUrl.optional(),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  ATLAS_VECTOR_INDEX: z.string().optional(),
  VECTOR_MEMORY_MIB: z.coerce.number().int().min(1).max(2048).default(256),

  /** Set by Vercel on its own machines; decides which header carries the client's address. */
  VERCEL: z.string().optional(),
  VERCEL_GIT_COMMIT_SHA: z.string().optional(),
  /** Where the platform keeps what Node is linked against. */
  LD_LIBRARY_PATH: z.string().optional(),
})

export type Config = z.output<typeof schema>
export type ConfigName = keyof Config

export const CONFIG_NAMES = Object.keys(schema.shape) as ConfigName[]

/** Settings that hold a secret. */
export const SECRET_NAMES = [
  'MONGODB_URI',
  'CRON_SECRET',
  'TURNSTILE_SECRET_KEY',
  'CLERK_SECRET_KEY',
  'CLERK_WEBHOOK_SECRET',
  'POLAR_ACCESS_TOKEN',
  'POLAR_WEBHOOK_SECRET',
  'OPENAI_API_KEY',
  'VERTEX_CREDENTIALS',
  'GEMINI_API_KEY',
  'ANTHROPIC_API_KEY',
  'GROQ_API_KEY',
  'S3_SECRET_ACCESS_KEY',
] as const satisfies readonly ConfigName[]

let parsed: Config | undefined

/**
 * The environment, parsed once. An empty variable counts as unset.
 * @throws AppError `not_configured` naming every malformed variable at once.
 */
export function config(): Config {
  parsed ??= parse(process.env)
  return parsed
}

/** The environment, where a malformed one must not stand in the way of saying so. */
export function soundConfig(): Config | null {
  try {
    return config()
  } catch {
    return null
  }
}

/**
 * The named settings, present for certain.
 * @throws NotConfigured naming all that are missing at once.
 */
export function requireConfig<N extends ConfigName>(...names: N[]): { [K in N]: NonNullable<Config[K]> } {
  const settings = config()
  const missing = names.filter(name => settings[name] === undefined)
  if (missing.length > 0) throw new NotConfigured(missing)
  return settings as { [K in N]: NonNullable<Config[K]> }
}

/** The secret settings as they are written, malformed ones too. */
export function writtenSecrets(): string[] {
  return SECRET_NAMES.flatMap(name => process.env[name] || [])
}

/** Parses an environment without caching it. @throws AppError `not_configured` naming every malformed variable at once. */
export function parse(environment: Record<string, string | undefined>): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const result = schema.safeParse(set)
  if (result.success) return result.data
  const faults = result.error.issues.map(issue => `${issue.path[0]?.toString()}: ${issue.message}`)
  throw new AppError('not_configured', `The environment is malformed:\n  ${faults.join('\n  ')}`)
}
