import { randomBytes } from 'node:crypto'
import { type ClerkStandIn, type RsaKeys, startClerk } from './clerk/index.ts'
import { type OpenAIStandIn, startOpenAI } from './openai/index.ts'
import { type PolarStandIn, startPolar } from './polar/index.ts'

export type Environment = Record<string, string | undefined>

export type Services = {
  /** Null where the real service is configured. */
  clerk: ClerkStandIn | null
  polar: PolarStandIn | null
  openai: OpenAIStandIn | null
  cronSecret: string
  /** Settings that point the API at what runs here; they stand in for the given environment's own. */
  environment: Record<string, string>
  close(): Promise<void>
}

type ServiceOptions = {
  origin: string
  /** Where Polar's stand-in keeps its customers; without it, in memory. */
  polarFile?: string | undefined
  /** Keys for Clerk's stand-in; without them, fresh ones. */
  clerkKeys?: RsaKeys
}

/**
 * Starts a stand-in for each outside service that `given` does not configure. The switches: CLERK_SECRET_KEY,
 * POLAR_WEBHOOK_SECRET, OPENAI_API_KEY.
 */
export async function startServices(
  given: Environment,
  { origin, polarFile, clerkKeys }: ServiceOptions,
): Promise<Services> {
  const [clerk, polar, openai] = await Promise.all([
    given.CLERK_SECRET_KEY ? null : startClerk({ azp: origin, keys: clerkKeys }),
    given.POLAR_WEBHOOK_SECRET ? null : startPolar({ file: polarFile }),
    given.OPENAI_API_KEY ? null : startOpenAI(),
  ])
  const cronSecret = given.CRON_SECRET ?? randomBytes(24).toString('base64url')
  const environment = {
    CRON_SECRET: cronSecret,
    ...(clerk && {
      CLERK_SECRET_KEY: clerk.secretKey,
      CLERK_API_URL: clerk.apiUrl,
      CLERK_ISSUER: clerk.issuer,
      CLERK_JWT_KEY: clerk.jwtKey,
      CLERK_AUTHORIZED_PARTIES: clerk.azp,
      CLERK_WEBHOOK_SECRET: clerk.webhookSecret,
      CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
    }),
    ...(polar && {
      POLAR_ACCESS_TOKEN: polar.accessToken,
      POLAR_API_URL: polar.apiUrl,
      POLAR_WEBHOOK_SECRET: polar.webhookSecret,
      POLAR_PRODUCT_PROFESSIONAL: polar.products.professional,
      POLAR_PRODUCT_ENTERPRISE: polar.products.enterprise,
    }),
    ...(openai && { OPENAI_API_KEY: openai.apiKey, OPENAI_BASE_URL: openai.baseUrl }),
  }
  const close = async () => {
    await Promise.all([clerk?.close(), polar?.close(), openai?.close()])
  }
  return { clerk, polar, openai, cronSecret, environment, close }
}
