import { describe, expect, it } from 'vitest'
import { complete, streamCompletion } from '../../../lib/ai/complete.ts'
import { askChat, openChatStream } from '../../../lib/ai/pass-through.ts'
import type { Provider } from '../../../lib/ai/providers.ts'
import { ending, piece, sendAnswer, sendEvent, sendJson, startUpstream } from './upstream.ts'

const request = { messages: [{ role: 'user' as const, content: 'Hi' }] }
const { signal } = new AbortController()
const MAX_BYTES = 512 * 1024

async function streamed(provider: Provider) {
  let told = ''
  const onDelta = (delta: string) => {
    told += delta
  }
  const answer = await streamCompletion(provider, request, { onDelta, signal })
  return { answer, told }
}

describe('an answer without end', () => {
  // Three bytes a character: the bound falls into the middle of one.
  const text = '€'.repeat(200_000)
  const kept = '€'.repeat(Math.floor(MAX_BYTES / 3))

  it('is cut between two characters', async () => {
    const { provider } = await startUpstream(response => sendAnswer(response, text))
    const answer = await complete(provider, request)
    expect(answer.isCut).toBe(true)
    expect(answer.content === kept).toBe(true)
  })

  it('is aborted in a stream, and told as far as it is kept', async () => {
    const gone = Promise.withResolvers<void>()
    const { provider } = await startUpstream(response => {
      response.on('close', gone.resolve)
      for (let at = 0; at < 20; at++) sendEvent(response, piece('€'.repeat(10_000)))
    })
    const { answer, told } = await streamed(provider)
    expect(answer.isCut).toBe(true)
    expect(answer.content === kept).toBe(true)
    expect(told === kept).toBe(true)
    expect(answer.usage.completionTokens).toBeGreaterThan(40_000)
    await gone.promise
  })

  it('is cut as one that got too long where it is passed on', async () => {
    const gone = Promise.withResolvers<void>()
    const { provider } = await startUpstream((response, { body }) => {
      if (!body.stream) return sendAnswer(response, text)
      response.on('close', gone.resolve)
      for (let at = 0; at < 20; at++) sendEvent(response, piece('€'.repeat(10_000)))
    })
    const wire = { model: 'm', messages: [] }
    const [whole] = (await askChat(provider, wire)).choices
    expect(whole?.message.content === kept).toBe(true)
    expect(whole?.finish_reason).toBe('length')

    let told = ''
    const reasons: unknown[] = []
    for await (const { choices } of await openChatStream(provider, wire)) {
      told += choices[0]?.delta.content ?? ''
      reasons.push(choices[0]?.finish_reason)
    }
    expect(told === kept).toBe(true)
    expect(reasons).toEqual([...Array(reasons.length - 1).fill(null), 'length'])
    await gone.promise
  })

  it('is whole when it just fits', async () => {
    const whole = 'x'.repeat(MAX_BYTES)
    const { provider } = await startUpstream((response, { body }) => {
      if (!body.stream) return sendAnswer(response, whole)
      for (const event of [piece(whole), ending(), '[DONE]']) sendEvent(response, event)
      response.end()
    })
    for (const answer of [await complete(provider, request), (await streamed(provider)).answer]) {
      expect(answer).not.toHaveProperty('isCut')
      expect(answer.content === whole).toBe(true)
    }
  })
})

describe('an answer without a text', () => {
  it('is an empty answer, streamed or not', async () => {
    const { provider } = await startUpstream((response, { body }) => {
      if (!body.stream)
        return sendJson(response, { choices: [{ message: { role: 'assistant', content: null } }] })
      for (const event of [ending(), '[DONE]']) sendEvent(response, event)
      response.end()
    })
    expect((await complete(provider, request)).content).toBe('')
    expect((await streamed(provider)).answer.content).toBe('')
  })

  it('is the provider’s failure when there is no message at all', async () => {
    const { provider } = await startUpstream((response, { body }) => {
      if (!body.stream) return sendJson(response, { choices: [] })
      sendEvent(response, '[DONE]')
      response.end()
    })
    await expect(complete(provider, request)).rejects.toMatchObject({ code: 'provider_error' })
    await expect(streamed(provider)).rejects.toMatchObject({ code: 'provider_error' })
  })
})
