import type { OpenAI } from 'openai'
import { AppError, InvalidInput } from '../errors.ts'
import { type CallOptions, callProvider, streamProvider } from './internal/client.ts'
import type { Provider } from './providers.ts'

type Call<T> = (client: OpenAI, options: CallOptions) => Promise<T>
type Chunk = OpenAI.ChatCompletionChunk

/** A request's body in OpenAI's wire format: what is not checked here the provider judges. */
export type WireBody = { model: string } & Record<string, unknown>

/**
 * Passes a chat request on as it is. What the provider finds wrong is told in its own words.
 * @throws AppError `invalid_input`, `not_found`, `provider_error`, `provider_timeout`
 */
export async function askChat(provider: Provider, body: WireBody): Promise<OpenAI.ChatCompletion> {
  const params = body as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming
  const answer = await passOn(
    (client, options) => client.chat.completions.create(params, options),
    call => callProvider(provider, call),
  )
  if (!answer?.choices?.[0]?.message)
    throw new AppError('provider_error', `${provider.name} answered without a message.`)
  return answer
}

/**
 * As `askChat`, for an answer that comes in chunks, the last of which tells what it took. Resolves with the first
 * chunk at hand, so that what the provider refuses can still be told by a status.
 */
export async function beginChat(provider: Provider, body: WireBody): Promise<AsyncIterable<Chunk>> {
  const stream_options = { ...(body.stream_options as object | null), include_usage: true }
  const asked = { ...body, stream: true, stream_options }
  const params = asked as unknown as OpenAI.ChatCompletionCreateParamsStreaming
  const { signal } = new AbortController()
  return passOn(
    (client, options) => client.chat.completions.create(params, options),
    async open => {
      const chunks = streamProvider(provider, open, { signal })
      return wholeOf(provider, await chunks.next(), chunks)
    },
  )
}

async function* wholeOf(
  { name }: Provider,
  first: IteratorResult<Chunk, void>,
  others: AsyncIterable<Chunk>,
): AsyncGenerator<Chunk, void, undefined> {
  let isFinished = false
  const seen = (told: Chunk) => {
    const chunk = { ...told, choices: told.choices ?? [] }
    isFinished ||= Boolean(chunk.choices[0]?.finish_reason)
    return chunk
  }
  if (!first.done) yield seen(first.value)
  for await (const chunk of others) yield seen(chunk)
  if (!isFinished) throw new AppError('provider_error', `${name} broke off its answer.`)
}

/** As `askChat`, for embeddings. */
export async function askEmbeddings(
  provider: Provider,
  body: WireBody,
): Promise<OpenAI.CreateEmbeddingResponse> {
  const params = body as unknown as OpenAI.EmbeddingCreateParams
  const answer = await passOn(
    (client, options) => client.embeddings.create(params, options),
    call => callProvider(provider, call),
  )
  if (!Array.isArray(answer?.data))
    throw new AppError('provider_error', `${provider.name} answered without embeddings.`)
  return answer
}

/** Runs a call; when the provider refuses it, tells so with the provider's names for what is wrong. */
async function passOn<T, U>(call: Call<T>, run: (call: Call<T>) => Promise<U>): Promise<U> {
  let cause: unknown
  const noting: Call<T> = (client, options) =>
    call(client, options).catch(error => {
      cause = error
      throw error
    })
  try {
    return await run(noting)
  } catch (error) {
    throw error instanceof InvalidInput ? asRefusal(error, cause) : error
  }
}

type Refusal = Partial<InstanceType<typeof OpenAI.APIError>>

function asRefusal({ message, extras }: InvalidInput, cause: unknown): AppError {
  const { status, code, param } = (cause ?? {}) as Refusal
  const [fault = { path: 'model', message }] = extras.errors ?? []
  const errors = [{ path: typeof param === 'string' ? param : fault.path, message: fault.message }]
  if (status === 404)
    return new AppError('not_found', fault.message, { reason: 'model_not_found', errors }, { cause })
  const reason = typeof code === 'string' ? { reason: code } : {}
  return new AppError('invalid_input', fault.message, { ...reason, errors }, { cause })
}
