import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { dispatch, hasBearer, listen, type Route, readJson, route } from '../http.ts'
import { createChatCompletion } from './chat.ts'
import { createEmbeddings } from './embeddings.ts'
import { openAIError, providerFailure } from './errors.ts'
import type { Streaming } from './event-stream.ts'
import { MISBEHAVIOURS, type Misbehaviour } from './misbehaviour.ts'

const apiKey = 'sk-local'
const rememberedRequests = 200
const models = ['gpt-4o-mini', 'gpt-4o', 'text-embedding-3-small', 'text-embedding-3-large']

export type ProviderRequest = { path: string; body: unknown }

export type OpenAIStandIn = {
  baseUrl: string
  apiKey: string
  requests(): ProviderRequest[]
  /** The next requests fail with this status; with 0 they hang. */
  failNext(status: number, times?: number): void
  /** From now on a request that says this word, wherever, is answered so. */
  misbehaveFor(word: string, how: Misbehaviour): void
  /** The next streamed answer loses its connection after so many words. */
  breakNext(afterWords: number): void
  /** How many clients went away in the middle of a stream. */
  disconnects(): number
  close(): Promise<void>
}

/** Starts a stand-in for OpenAI: chat, streaming, embeddings and models, with deterministic answers. */
export async function startOpenAI(options: { port?: number; delayMs?: number } = {}): Promise<OpenAIStandIn> {
  const { delayMs = 20 } = options
  const requests: ProviderRequest[] = []
  const failures: number[] = []
  const breaks: number[] = []
  const misbehaviours = new Map<string, Misbehaviour>()
  let disconnects = 0
  const closing = new AbortController()
  const streaming: Streaming = {
    delayMs,
    takeBreak: () => breaks.shift(),
    onDisconnect() {
      disconnects += 1
    },
  }

  async function answer(request: Request): Promise<Response> {
    const body = request.method === 'POST' ? await readJson(request) : undefined
    requests.push({ path: new URL(request.url).pathname, body })
    if (requests.length > rememberedRequests) requests.shift()

    if (!hasBearer(request, apiKey)) {
      return openAIError(401, 'Incorrect API key provided', { code: 'invalid_api_key' })
    }
    const how = misbehaviours.size > 0 ? misbehaviourFor(JSON.stringify(body)) : undefined
    if (how) return MISBEHAVIOURS[how]()
    const failure = failures.shift()
    if (failure === 0) {
      await once(closing.signal, 'abort')
      return providerFailure(503)
    }
    if (failure !== undefined) return providerFailure(failure)
    if (request.method === 'POST' && body === undefined) {
      return openAIError(400, 'We could not parse the JSON body of your request.')
    }
    return (await dispatch(apiRoutes(body, streaming), request)) ?? unknownUrl(request)
  }

  function misbehaviourFor(text = ''): Misbehaviour | undefined {
    return [...misbehaviours].find(([word]) => text.includes(word))?.[1]
  }

  const server = await listen(async request => {
    const response = await answer(request)
    response.headers.set('x-request-id', `req_${randomUUID().replaceAll('-', '')}`)
    return response
  }, options.port)

  return {
    baseUrl: `${server.url}/v1`,
    apiKey,
    requests: () => [...requests],
    failNext(status, times = 1) {
      failures.push(...Array.from({ length: times }, () => status))
    },
    misbehaveFor(word, how) {
      misbehaviours.set(word, how)
    },
    breakNext(afterWords) {
      breaks.push(afterWords)
    },
    disconnects: () => disconnects,
    close() {
      closing.abort()
      return server.close()
    },
  }
}

function apiRoutes(body: unknown, streaming: Streaming): Route[] {
  return [
    route('POST', '/v1/chat/completions', () => createChatCompletion(body, streaming)),
    route('POST', '/v1/embeddings', () => createEmbeddings(body)),
    route('GET', '/v1/models', () => Response.json({ object: 'list', data: models.map(modelOf) })),
    route('GET', '/v1/models/:id', (_request, { id }) => Response.json(modelOf(id))),
  ]
}

function modelOf(id: string) {
  return { id, object: 'model', created: 1_704_067_200, owned_by: 'local' }
}

function unknownUrl(request: Request): Response {
  const message = `Unknown request URL: ${request.method} ${new URL(request.url).pathname}`
  return openAIError(404, message, { code: 'unknown_url' })
}
