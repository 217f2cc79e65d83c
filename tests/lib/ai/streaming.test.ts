import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { type CompletionRequest, complete, streamCompletion } from '../../../lib/ai/complete.ts'
import { streamProvider } from '../../../lib/ai/internal/client.ts'
import { services } from '../../setup/services.ts'
import { ending, piece, sendEvent, sendJson, startUpstream, usage } from './upstream.ts'

// Settings are read when the first request comes.
process.env.AI_TIMEOUT_MS = '1000'

let answer: (response: ServerResponse) => void
beforeEach(() => {
  answer = response => send(response, piece('Yes.'), ending(), usage, '[DONE]').end()
})
const { provider, requests } = await startUpstream(response => answer(response))

function send(response: ServerResponse, ...events: unknown[]): ServerResponse {
  for (const event of events) sendEvent(response, event)
  return response
}

const request: CompletionRequest = { messages: [{ role: 'user', content: 'Is it so?' }] }
const streamed: Parameters<typeof streamProvider>[1] = (client, options) =>
  client.chat.completions
    .create({ model: 'x', messages: request.messages, stream: true }, options)
    .asResponse()

/** A stream under way: what it has told, how it ends, and how to stop it. */
function stream(asked = request) {
  const controller = new AbortController()
  const told: string[] = []
  const first = Promise.withResolvers<void>()
  const onDelta = (content: string) => {
    told.push(content)
    first.resolve()
  }
  const whole = streamCompletion(provider, asked, { onDelta, signal: controller.signal })
  whole.catch(() => {})
  return { told, first: first.promise, whole, stop: (why: Error) => controller.abort(why) }
}

describe('a streamed answer', () => {
  it('is told piece by piece, with the usage of the last chunk', async () => {
    answer = response => send(response, piece('Yes'), piece(', it is.'), ending(), usage, '[DONE]').end()
    const { told, whole } = stream()
    expect(await whole).toEqual({
      content: 'Yes, it is.',
      model: 'gpt-4o-mini',
      usage: { promptTokens: 7, completionTokens: 3, totalTokens: 10 },
      costUsd: (7 * 0.15 + 3 * 0.6) / 1_000_000,
    })
    expect(told).toEqual(['Yes', ', it is.'])
  })

  it('tells its first piece while the second is not there yet', async () => {
    const reached = Promise.withResolvers<ServerResponse>()
    answer = response => reached.resolve(send(response, piece('Yes')))
    const { told, first, whole } = stream()
    await first
    expect(told).toEqual(['Yes'])
    send(await reached.promise, piece('.'), ending(), '[DONE]').end()
    expect((await whole).content).toBe('Yes.')
  })

  it('has an estimated usage when the provider tells none', async () => {
    answer = response => send(response, piece('Yes, it is.'), ending(), '[DONE]').end()
    expect((await stream().whole).usage).toEqual({ promptTokens: 3, completionTokens: 3, totalTokens: 6 })
  })

  it('may end because it is long enough', async () => {
    answer = response => send(response, piece('Yes'), ending('length'), '[DONE]').end()
    expect((await stream({ ...request, maxTokens: 1 }).whole).content).toBe('Yes')
  })

  it('may be a refusal', async () => {
    const refusal = { choices: [{ index: 0, delta: { refusal: 'I will not.' } }] }
    answer = response => send(response, refusal, ending(), '[DONE]').end()
    expect((await stream().whole).content).toBe('I will not.')
  })

  it('passes over chunks that say nothing', async () => {
    answer = response =>
      send(response, 'null', {}, { choices: [] }, { choices: [{}] }, piece('Yes'), ending(), '[DONE]').end()
    expect((await stream().whole).content).toBe('Yes')
  })
})

describe('a streamed answer that breaks off', () => {
  it.each([
    ['without a last word', (response: ServerResponse) => send(response, piece('Yes')).end()],
    [
      'with its connection',
      (response: ServerResponse) =>
        void send(response, piece('Yes')).write('data: {', () => response.destroy()),
    ],
    [
      'with an error',
      (response: ServerResponse) => send(response, piece('Yes'), { error: { message: 'Overloaded' } }).end(),
    ],
    ['in nonsense', (response: ServerResponse) => send(response, piece('Yes'), '<html>').end()],
  ])('%s is a failure, not a short answer', async (_how, broken) => {
    answer = broken
    const { told, whole } = stream()
    await expect(whole).rejects.toMatchObject({ code: 'provider_error' })
    expect(told).toEqual(['Yes'])
    expect(requests.at(-1)?.body.stream).toBe(true)
  })

  it('is refused before it begins like any other', async () => {
    answer = response => sendJson(response, { error: { message: 'No', param: 'temperature' } }, 400)
    await expect(stream().whole).rejects.toMatchObject({
      code: 'invalid_input',
      extras: { errors: [{ path: 'temperature' }] },
    })
  })
})

describe('a streamed answer that is stopped', () => {
  const why = new Error('stopped')

  it('ends at once, with its connection', async () => {
    const closed = Promise.withResolvers<void>()
    answer = response => {
      send(response, piece('Yes')).on('close', closed.resolve)
    }
    const { first, whole, stop } = stream()
    await first
    const stoppedAt = performance.now()
    stop(why)
    await expect(whole).rejects.toBe(why)
    expect(performance.now() - stoppedAt).toBeLessThan(500)
    await closed.promise
  })

  it('ends at once while the provider is still silent', async () => {
    const reached = Promise.withResolvers<ServerResponse>()
    answer = reached.resolve
    const { whole, stop } = stream()
    const closed = once(await reached.promise, 'close')
    stop(why)
    await expect(whole).rejects.toBe(why)
    await closed
  })

  it('in advance is not even asked for', async () => {
    const before = requests.length
    const signal = AbortSignal.abort(why)
    await expect(streamCompletion(provider, request, { onDelta() {}, signal })).rejects.toBe(why)
    expect(requests.length).toBe(before)
  })

  it('tells nothing after that, whatever has come already', async () => {
    answer = response => send(response, piece('1'), piece('2'), piece('3'), ending(), '[DONE]').end()
    const controller = new AbortController()
    const told: string[] = []
    const onDelta = (content: string) => {
      told.push(content)
      controller.abort(why)
    }
    await expect(streamCompletion(provider, request, { onDelta, signal: controller.signal })).rejects.toBe(
      why,
    )
    expect(told).toEqual(['1'])
  })

  it('is a disconnect to the provider', async () => {
    const before = services.openai.disconnects()
    const { baseUrl, apiKey } = services.openai
    const long = { messages: [{ role: 'user' as const, content: 'Write 400 words.' }] }
    const controller = new AbortController()
    const onDelta = () => controller.abort(why)
    await expect(
      streamCompletion({ ...provider, baseUrl, apiKey }, long, { onDelta, signal: controller.signal }),
    ).rejects.toBe(why)
    await expect.poll(() => services.openai.disconnects(), { timeout: 5_000 }).toBe(before + 1)
  })

  it('by a fault of who listens ends with that fault and its connection', async () => {
    const closed = Promise.withResolvers<void>()
    answer = response => {
      send(response, piece('Yes')).on('close', closed.resolve)
    }
    const { signal } = new AbortController()
    const onDelta = () => {
      throw why
    }
    await expect(streamCompletion(provider, request, { onDelta, signal })).rejects.toBe(why)
    await closed.promise
  })
})

describe('AI_TIMEOUT_MS', () => {
  it('bounds the silence before the first piece', async () => {
    answer = response => void response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    await expect(stream().whole).rejects.toMatchObject({ code: 'provider_timeout' })
  })

  it('bounds the silence before the provider answers at all, with every retry', async () => {
    answer = () => {}
    const startedAt = performance.now()
    await expect(stream().whole).rejects.toMatchObject({ code: 'provider_timeout' })
    expect(performance.now() - startedAt).toBeLessThan(2_500)
  })

  it('bounds the silence between two pieces', async () => {
    const closed = Promise.withResolvers<void>()
    answer = response => {
      send(response, piece('Yes')).on('close', closed.resolve)
    }
    const { told, whole } = stream()
    await expect(whole).rejects.toMatchObject({ code: 'provider_timeout' })
    expect(told).toEqual(['Yes'])
    await closed.promise
  })

  it('does not bound how long its reader takes for a piece', async () => {
    answer = response => send(response, piece('Yes'), ending(), '[DONE]').end()
    const { signal } = new AbortController()
    const chunks = streamProvider(provider, streamed, { signal })
    let count = 0
    for await (const together of chunks) {
      if (count === 0) await sleep(1_300)
      count += together.length
    }
    expect(count).toBe(2)
  })

  it('does not bound an answer that keeps coming', async () => {
    answer = response => {
      let sent = 0
      const timer = setInterval(() => {
        sent += 1
        if (sent < 8) return send(response, piece('.'))
        clearInterval(timer)
        send(response, ending(), '[DONE]').end()
      }, 200)
    }
    expect((await stream().whole).content).toBe('.......')
  })

  it('bounds an answer in one piece, with every retry', async () => {
    const before = requests.length
    answer = () => {}
    const startedAt = performance.now()
    await expect(complete(provider, request)).rejects.toMatchObject({ code: 'provider_timeout' })
    expect(performance.now() - startedAt).toBeGreaterThan(900)
    expect(performance.now() - startedAt).toBeLessThan(2_500)
    expect(requests.length).toBeLessThanOrEqual(before + 2)
  })

  it('bounds an answer whose body never ends', async () => {
    answer = response => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"cho')
    await expect(complete(provider, request)).rejects.toMatchObject({ code: 'provider_timeout' })
  })
})

describe('a stream as a whole', () => {
  it('may not go on for ever', async () => {
    answer = response => {
      const timer = setInterval(() => send(response, piece('.')), 20)
      response.on('close', () => clearInterval(timer))
    }
    const { signal } = new AbortController()
    const chunks = streamProvider(provider, streamed, { signal, wholeMs: 400 })
    let count = 0
    const read = async () => {
      for await (const together of chunks) count += together.length
    }
    await expect(read()).rejects.toMatchObject({ code: 'provider_timeout' })
    expect(count).toBeGreaterThan(0)
  })

  it('is closed when its reader leaves', async () => {
    const closed = Promise.withResolvers<void>()
    answer = response => {
      send(response, piece('1'), piece('2')).on('close', closed.resolve)
    }
    const { signal } = new AbortController()
    for await (const _ of streamProvider(provider, streamed, { signal })) break
    await closed.promise
  })
})
