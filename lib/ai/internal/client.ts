import type { OpenAI } from 'openai'
import { config } from '../../config.ts'
import type { Provider } from '../providers.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { readEvents } from './read-events.ts'
import { type Asked, asProblem, timedOut } from './refusal.ts'

export type CallOptions = { signal: AbortSignal }
type Call<T> = (client: OpenAI, options: CallOptions) => Promise<T>

/** A stream with all its silences; a Vercel function lives 300 s. */
const MAX_STREAM_MS = 280_000

/**
 * Runs a call through the SDK, turning its failures into ours. AI_TIMEOUT_MS bounds the call with all of the
 * SDK's retries, so that a provider that hangs is not waited for three times.
 * @throws AppError `provider_error`, `provider_timeout`; InvalidInput
 */
export async function callProvider<T>(provider: Provider, call: Call<T>, asked?: Asked): Promise<T> {
  const clock = startClock(config().AI_TIMEOUT_MS)
  try {
    const client = await clientOf(provider)
    return await unlessAborted(call(client, { signal: clock.signal }), clock.signal)
  } catch (error) {
    throw clock.signal.aborted ? timedOut(provider, error) : await asProblem(provider, error, asked)
  } finally {
    clock.stop()
  }
}

export type StreamOptions = {
  /** Ends the stream and its connection at once. */
  signal: AbortSignal
  asked?: Asked
  wholeMs?: number
}

/**
 * The pieces of a streamed answer as they come, those that come together at once. AI_TIMEOUT_MS bounds the silence
 * before each; leaving the loop closes the connection.
 * @throws AppError `provider_error`, `provider_timeout`; InvalidInput; the signal's reason
 */
export async function* streamProvider<T>(
  provider: Provider,
  open: Call<Response>,
  { signal, asked, wholeMs = MAX_STREAM_MS }: StreamOptions,
): AsyncGenerator<T[], void, undefined> {
  const clock = startClock(config().AI_TIMEOUT_MS, wholeMs)
  const options = { signal: AbortSignal.any([signal, clock.signal]) }
  try {
    const client = await clientOf(provider)
    const response = await unlessAborted(open(client, options), options.signal)
    for await (const pieces of readEvents<T>(response)) {
      clock.pause()
      yield pieces
      clock.restart()
    }
  } catch (error) {
    signal.throwIfAborted()
    throw clock.signal.aborted ? timedOut(provider, error) : await asProblem(provider, error, asked)
  } finally {
    clock.stop()
  }
}

/** Aborts its signal after a silence, or when the whole takes too long. */
function startClock(silenceMs: number, wholeMs = silenceMs) {
  const expired = new AbortController()
  const expire = () => expired.abort()
  const whole = setTimeout(expire, wholeMs)
  let silence = setTimeout(expire, silenceMs)
  return {
    signal: expired.signal,
    pause: () => clearTimeout(silence),
    restart() {
      clearTimeout(silence)
      silence = setTimeout(expire, silenceMs)
    },
    stop() {
      clearTimeout(silence)
      clearTimeout(whole)
    },
  }
}

/** The work's result, unless the signal is aborted first: then its reason is thrown at once. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

const clients = new Map<string, OpenAI>()

async function clientOf(provider: Provider): Promise<OpenAI> {
  const { name, baseUrl, apiKey } = provider
  const id = [name, baseUrl, typeof apiKey === 'string' ? apiKey : ''].join('\n')
  const client = clients.get(id) ?? (await newClient(provider))
  clients.set(id, client)
  return client
}

async function newClient({ baseUrl, apiKey }: Provider): Promise<OpenAI> {
  const { OpenAI } = await import('openai')
  return new OpenAI({
    apiKey,
    baseURL: baseUrl,
    timeout: config().AI_TIMEOUT_MS,
    maxRetries: 2,
    logLevel: 'off',
    fetch: boundedFetch,
    // Else the SDK takes them from the environment, for every provider.
    organization: null,
    project: null,
    adminAPIKey: null,
  })
}
