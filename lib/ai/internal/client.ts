import type { OpenAI } from 'openai'
import { config } from '../../config.ts'
import { AppError, InvalidInput } from '../../errors.ts'
import type { Provider } from '../providers.ts'

const clients = new Map<string, OpenAI>()

/** Runs a call through the SDK, turning its failures into ours. @throws AppError */
export async function callProvider<T>(provider: Provider, call: (client: OpenAI) => Promise<T>): Promise<T> {
  const { OpenAI } = await import('openai')
  const known = clients.get(provider.name)
  const client =
    known ??
    new OpenAI({
      apiKey: provider.apiKey,
      baseURL: provider.baseUrl,
      timeout: config().AI_TIMEOUT_MS,
      maxRetries: 2,
    })
  clients.set(provider.name, client)
  try {
    return await call(client)
  } catch (error) {
    if (error instanceof OpenAI.APIConnectionTimeoutError) {
      throw new AppError('provider_timeout', `${provider.name} did not answer in time.`, {}, { cause: error })
    }
    if (error instanceof OpenAI.APIError) throw asProblem(provider, error.status, error)
    throw error
  }
}

/** A request the provider finds wrong is the caller's to mend; anything else is the provider's failure. */
function asProblem(provider: Provider, status: number | undefined, cause: Error): AppError {
  if (status === 400 || status === 404 || status === 422) {
    return new InvalidInput([
      { path: 'model', message: `${provider.name} refused the request: ${cause.message}` },
    ])
  }
  return new AppError(
    'provider_error',
    `${provider.name} failed${status ? ` with status ${status}` : ''}.`,
    {},
    { cause },
  )
}
