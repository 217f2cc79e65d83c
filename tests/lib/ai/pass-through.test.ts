import { afterEach, describe, expect, it } from 'vitest'
import { askChat, askEmbeddings, openChatStream, type WireBody } from '../../../lib/ai/pass-through.ts'
import type { Provider } from '../../../lib/ai/providers.ts'
import type { AppError } from '../../../lib/errors.ts'
import { listen } from '../../../scripts/local/http.ts'
import { sendEvent, startUpstream } from './upstream.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()))
})

/** A provider that answers every request with this. */
async function answering(answer: () => Response): Promise<Provider> {
  const server = await listen(answer)
  open.push(server)
  return { name: 'openai', baseUrl: server.url, apiKey: 'k', chatModel: 'm', embeddingModel: 'e' }
}

const askForOne = (provider: Provider, asked: WireBody) => askEmbeddings(provider, asked, 1)
const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }
const chunk = (choices: object[]) => JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices })
const said = chunk([{ index: 0, delta: { content: 'Hi' }, finish_reason: null }])
const finished = chunk([{ index: 0, delta: {}, finish_reason: 'stop' }])

function streaming(...events: string[]): () => Response {
  const text = events.map(event => `data: ${event}\n\n`).join('')
  return () => new Response(text, { headers: { 'content-type': 'text/event-stream' } })
}

async function read(provider: Provider): Promise<unknown[]> {
  const chunks: unknown[] = []
  for await (const chunk of await openChatStream(provider, body)) chunks.push(chunk)
  return chunks
}

describe('what a provider refuses', () => {
  const refusing = (status: number, error: object) => answering(() => Response.json({ error }, { status }))

  it.each([
    [400, { message: 'Too long.', param: 'messages', code: 'context_length_exceeded' }, 'invalid_input'],
    [422, { message: 'Odd.', param: null, code: null }, 'invalid_input'],
    [404, { message: 'No such model.', param: null, code: 'model_not_found' }, 'not_found'],
  ])('is told with its own names, whether asked for a stream or not: %s', async (status, error, code) => {
    const provider = await refusing(status, error)
    for (const ask of [askChat, openChatStream, askForOne]) {
      const refusal: AppError = await ask(provider, body).catch(reason => reason)
      expect(refusal.code).toBe(code)
      expect(refusal.extras.reason).toBe(error.code ?? undefined)
      expect(refusal.extras.errors).toMatchObject([{ path: error.param ?? 'model' }])
    }
  })

  it('is our own affair when it is our key', async () => {
    const provider = await refusing(401, { message: 'Incorrect API key: sk-secret', code: 'invalid_api_key' })
    const refusal = await askChat(provider, body).catch(reason => reason)
    expect(refusal).toMatchObject({ code: 'provider_error' })
    expect(JSON.stringify([refusal.message, refusal.extras])).not.toContain('sk-secret')
  })
})

describe('an answer that is none', () => {
  it.each([{}, { choices: [] }, { choices: [{ index: 0 }] }])('is the provider’s fault: %j', async answer => {
    const provider = await answering(() => Response.json(answer))
    await expect(askChat(provider, body)).rejects.toMatchObject({ code: 'provider_error' })
    await expect(askForOne(provider, body)).rejects.toMatchObject({ code: 'provider_error' })
  })

  it.each([
    ['that is empty', streaming()],
    ['that ends before the answer does', streaming(said)],
    ['that ends so with [DONE]', streaming(said, '[DONE]')],
    ['that tells an error', streaming(said, JSON.stringify({ error: { message: 'Overloaded' } }), finished)],
  ])('is the provider’s fault in a stream %s', async (_kind, answer) => {
    await expect(read(await answering(answer))).rejects.toMatchObject({ code: 'provider_error' })
  })
})

it('a stream is told as it is, what it lacks filled in; a chunk without choices is one with none', async () => {
  const odd = JSON.stringify({ id: 'c', prompt_filter_results: [] })
  const provider = await answering(streaming(odd, said, finished, '[DONE]'))
  const chunks = await read(provider)
  const filled = { object: 'chat.completion.chunk', created: expect.any(Number), model: 'm' }
  const told = [{ ...JSON.parse(odd), choices: [] }, JSON.parse(said), JSON.parse(finished)]
  expect(chunks).toEqual(told.map(one => ({ ...filled, ...one })))
})

it('the connection is closed when whoever listens fails at the first chunk', async () => {
  const gone = Promise.withResolvers<void>()
  const upstream = await startUpstream(response => {
    response.on('close', gone.resolve)
    sendEvent(response, JSON.parse(said))
  })
  const listening = async () => {
    for await (const _chunk of await openChatStream(upstream.provider, body)) throw new Error('full')
  }
  await expect(listening()).rejects.toThrow('full')
  await gone.promise
})
