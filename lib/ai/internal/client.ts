import type { OpenAI } from 'openai'
import { config } from '../../config.ts'
import { AppError, InvalidInput } from '../../errors.ts'
import type { Provider } from '../providers.ts'

type CallOptions = { signal: AbortSignal }

const clients = new Map<string, OpenAI>()

/**
 * Runs a call through the SDK, turning its failures into ours. AI_TIMEOUT_MS bounds the call with all of the
 * SDK's retries, so that a provider that hangs is not waited for three times.
 * @throws AppError `provider_error`, `provider_timeout`; InvalidInput
 */
export async function callProvider<T>(
  provider: Provider,
  call: (client: OpenAI, options: CallOptions) => Promise<T>,
): Promise<T> {
  const { OpenAI } = await import('openai')
  const timeout = config().AI_TIMEOUT_MS
  const { name, apiKey, baseUrl: baseURL } = provider
  const client = clients.get(baseURL) ?? new OpenAI({ apiKey, baseURL, timeout, maxRetries: 2 })
  clients.set(baseURL, client)
  const signal = AbortSignal.timeout(timeout)
  try {
    return await call(client, { signal })
  } catch (error) {
    if (signal.aborted || error instanceof OpenAI.APIConnectionTimeoutError)
      throw new AppError('provider_timeout', `${name} did not answer in time.`, {}, { cause: error })
    throw asProblem(name, error instanceof OpenAI.APIError ? error.status : undefined, error)
  }
}

/** A request the provider finds wrong is the caller's to mend; anything else is the provider's failure. */
function asProblem(name: string, status: number | undefined, cause: unknown): AppError {
  if (cause instanceof Error && (status === 400 || status === 404 || status === 422))
    return new InvalidInput([{ path: 'model', message: `${name} refused the request: ${cause.message}` }])
  const detail = `${name} failed${status ? ` with status ${status}` : ''}.`
  return new AppError('provider_error', detail, {}, { cause })
}
