import { describe, expect, it } from 'vitest'
import { complete, streamCompletion } from '../../../lib/ai/complete.ts'
import { embed } from '../../../lib/ai/embed.ts'
import { embedTexts } from '../../../lib/ai/embed-texts.ts'
import { lookAt } from '../../../lib/ai/internal/look-at.ts'
import { providerOf } from '../../../lib/ai/providers.ts'
import { services } from '../../setup/services.ts'
import { ending, piece, sendEvent, startUpstream } from './upstream.ts'

// Settings are read when the first request comes.
process.env.PII_MASKING = 'on'

const EMAIL = 'ada.lovelace@example.com'
const IBAN = 'FR76 3000 6000 0112 3456 7890 189'
const PHONE = '+33 6 12 34 56 78'
const personal = [EMAIL, IBAN, PHONE]

const request = () => ({
  messages: [
    { role: 'system' as const, content: `You work for ${EMAIL}.` },
    { role: 'user' as const, content: `Her account is ${IBAN}.` },
    { role: 'assistant' as const, content: 'Noted.' },
    { role: 'user' as const, content: `Write to ${EMAIL} or call ${PHONE}, please.` },
  ],
})

/** What the provider was sent while this ran. */
async function sentWhile(work: () => Promise<unknown>): Promise<string> {
  const before = services.openai.requests().length
  await work()
  const sent = services.openai.requests().slice(before)
  expect(sent).not.toEqual([])
  return JSON.stringify(sent.map(({ body }) => body))
}

function expectNothingPersonal(sent: string): void {
  for (const value of personal) expect(sent).not.toContain(value)
}

describe('with PII_MASKING on', () => {
  it('a chat sends placeholders, one for the same value in every message, and answers without them', async () => {
    let content = ''
    const sent = await sentWhile(async () => {
      content = (await complete(providerOf('openai'), request())).content
    })
    expectNothingPersonal(sent)
    expect(sent.split('[EMAIL_1]')).toHaveLength(3)
    expect(content).toBe(`Happy to help! You said: "Write to ${EMAIL} or call ${PHONE}, please."`)
  })

  it('a streamed answer reads as naturally, whole and in its pieces', async () => {
    const told: string[] = []
    const { signal } = new AbortController()
    const listener = { onDelta: (piece: string) => void told.push(piece), signal }
    let content = ''
    const sent = await sentWhile(async () => {
      content = (await streamCompletion(providerOf('openai'), request(), listener)).content
    })
    expectNothingPersonal(sent)
    expect(content).toBe(`Happy to help! You said: "Write to ${EMAIL} or call ${PHONE}, please."`)
    expect(told.join('')).toBe(content)
    expect(told.length).toBeGreaterThan(5)
    expect(told.join('|')).not.toMatch(/\[[A-Z]+_/)
  })

  it('an answer that ends like a placeholder that never comes is told to its end', async () => {
    const { provider } = await startUpstream(response => {
      for (const event of [piece('Look at [EM'), ending()]) sendEvent(response, event)
      response.end('data: [DONE]\n\n')
    })
    const { signal } = new AbortController()
    const { content } = await streamCompletion(provider, request(), { onDelta() {}, signal })
    expect(content).toBe('Look at [EM')
  })

  it('texts are embedded masked, each by itself', async () => {
    const texts = [`Write to ${EMAIL}.`, `Not to bob@example.com but to ${EMAIL}.`]
    const together = await embed(providerOf('openai'), texts)
    expectNothingPersonal(await sentWhile(() => embed(providerOf('openai'), texts)))
    const alone = await Promise.all(texts.map(text => embed(providerOf('openai'), [text])))
    expect(together.vectors).toEqual(alone.flatMap(({ vectors }) => vectors))
    expectNothingPersonal(await sentWhile(() => embedTexts('openai', { texts })))
  })

  it('a question about an image is masked, what is seen is not', async () => {
    const image = 'https://example.com/card.png'
    let seen = ''
    const sent = await sentWhile(async () => {
      const asked = { imageUrl: image, prompt: `Is this the card of ${EMAIL}?` }
      seen = (await lookAt(providerOf('openai'), image, asked)).description
    })
    expectNothingPersonal(sent)
    expect(sent).toContain('[EMAIL_1]')
    expect(seen).toContain(EMAIL)
  })
})
