import type { OpenAI } from 'openai'
import { AppError, InvalidInput } from '../errors.ts'
import { withoutSecrets } from '../secrets.ts'
import { type CallOptions, callProvider, streamProvider } from './internal/client.ts'
import { createCutter, cutCompletion } from './internal/cut.ts'
import { createChunkReader, readCompletion, readEmbeddings } from './internal/wire.ts'
import type { Provider } from './providers.ts'

type Call<T> = (client: OpenAI, options: CallOptions) => Promise<T>
type Chunk = OpenAI.ChatCompletionChunk

/** A request's body in OpenAI's wire format: what is not checked here the provider judges. */
export type WireBody = { model: string } & Record<string, unknown>

/**
 * Passes a chat request on as it is. What the provider finds wrong is told in its own words. Of an answer's text
 * 512 KiB are told, then it ends as one that has got too long.
 * @throws AppError `invalid_input`, `not_found`, `provider_error`, `provider_timeout`
 */
export async function askChat(provider: Provider, body: WireBody): Promise<OpenAI.ChatCompletion> {
  const params = body as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming
  const answer = await passOn(
    (client, options) => client.chat.completions.create(params, options),
    call => callProvider(provider, call),
  )
  return cutCompletion(usable(provider, readCompletion(answer, body.model)))
}

/**
 * As `askChat`, for an answer that comes in chunks, of which one tells what it took if the provider does. Resolves
 * with the first chunk at hand, so that what the provider refuses can still be told by a status.
 */
export async function openChatStream(provider: Provider, body: WireBody): Promise<AsyncIterable<Chunk>> {
  const stream_options = { ...(body.stream_options as object | null), include_usage: true }
  const asked = { ...body, stream: true, stream_options }
  const params = asked as unknown as OpenAI.ChatCompletionCreateParamsStreaming
  const { signal } = new AbortController()
  const chunks = await passOn(
    (client, options) => client.chat.completions.create(params, options).asResponse(),
    async open => {
      const others = oneByOne(streamProvider<Chunk>(provider, open, { signal }))
      return { first: await others.next(), others }
    },
  )
  return wholeOf(provider, body.model, chunks)
}

type Opened = { first: IteratorResult<Chunk, void>; others: AsyncGenerator<Chunk, void, undefined> }

async function* oneByOne<T>(batches: AsyncGenerator<T[]>): AsyncGenerator<T, void, undefined> {
  for await (const batch of batches) yield* batch
}

async function* wholeOf(
  provider: Provider,
  model: string,
  { first, others }: Opened,
): AsyncGenerator<Chunk, void, undefined> {
  const read = createChunkReader(model)
  const cutter = createCutter()
  let isFinished = false
  const seen = (told: Chunk) => {
    const chunk = cutter.cut(usable(provider, read(told)))
    isFinished ||= Boolean(chunk.choices[0]?.finish_reason)
    return chunk
  }
  try {
    let next = first
    while (!next.done) {
      yield seen(next.value)
      if (cutter.hasCut()) break
      next = await others.next()
    }
  } finally {
    // Whoever leaves at the first chunk leaves before the loop that would close the connection.
    await others.return()
  }
  if (!isFinished) throw new AppError('provider_error', `${provider.name} broke off its answer.`)
}

/** As `askChat`, for embeddings of so many inputs. */
export async function askEmbeddings(provider: Provider, body: WireBody, inputs: number) {
  const params = body as unknown as OpenAI.EmbeddingCreateParams
  const answer = await passOn(
    (client, options) => client.embeddings.create(params, options),
    call => callProvider(provider, call),
  )
  return usable(provider, readEmbeddings(answer, body.model, inputs))
}

/** @throws AppError `provider_error` when there is no answer in it */
function usable<T>({ name }: Provider, answer: T | null): T {
  if (answer === null) throw new AppError('provider_error', `${name} answered in a form of its own.`)
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
  const path = typeof param === 'string' ? withoutSecrets(param) : fault.path
  const errors = [{ path, message: fault.message }]
  if (status === 404)
    return new AppError('not_found', fault.message, { reason: 'model_not_found', errors }, { cause })
  const reason = typeof code === 'string' ? { reason: withoutSecrets(code) } : {}
  return new AppError('invalid_input', fault.message, { ...reason, errors }, { cause })
}
