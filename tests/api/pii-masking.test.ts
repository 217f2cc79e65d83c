import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { findPii, PII_KINDS } from '../../lib/pii/find-pii.ts'
import { expectStatus } from '../helpers/call.ts'
import { allEvents, serveApi, textOf } from '../helpers/events.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { ask, CHAT, lastAsked, storedConversation } from './ai-chat.ts'
import { upload } from './files/stored.ts'

// Settings are read when the first request comes.
process.env.PII_MASKING = 'on'

const EMAIL = 'élodie.martin@exemple.fr'
const PHONE = '06 39 98 12 34'
const IBAN = 'FR14 2004 1010 0505 0001 3M02 606'
const CARD = '4242 4242 4242 4242'
const NIR = '2 69 05 49 588 157 80'
const IP = '192.0.2.1'
const ALL = `${EMAIL}, ${PHONE}, ${IBAN}, ${CARD}, ${NIR} and ${IP}`

const server = await serveApi()
afterAll(() => server.close())

/** Whatever a test does, nothing personal reaches the provider. */
afterEach(async () => {
  for (const { path, body } of services.openai.requests()) {
    for (const text of textsIn(body))
      expect({ path, text, found: await findPii(text) }).toEqual({ path, text, found: [] })
  }
})

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function lastEmbedded(): string[] {
  const request = services.openai.requests().findLast(({ path }) => path === '/v1/embeddings')
  return textsIn((request?.body as { input: unknown } | undefined)?.input)
}

describe('with PII_MASKING=on, a chat', () => {
  it('hides every kind from the model and answers naturally', async () => {
    const answer = await ask(await freshTenant(), { message: `Mine are ${ALL}.` })
    expectStatus(answer, 200)
    const hidden = '[EMAIL_1], [PHONE_1], [IBAN_1], [CARD_1], [NIR_1] and [IP_1]'
    expect(lastAsked().messages).toEqual([{ role: 'user', content: `Mine are ${hidden}.` }])
    expect(answer.body.message.content).toBe(`Happy to help! You said: "Mine are ${ALL}."`)
  })

  it('keeps the real values in the conversation, and hides them again when it goes on', async () => {
    const tenant = await freshTenant()
    const first = await ask(tenant, { message: `Write to ${EMAIL}.` })
    const { conversationId } = first.body
    const second = await ask(tenant, { message: `${EMAIL} or ${PHONE}?`, conversationId })
    expectStatus(second, 200)
    expect(lastAsked().messages.map(({ content }) => content)).toEqual([
      'Write to [EMAIL_1].',
      'Happy to help! You said: "Write to [EMAIL_1]."',
      '[EMAIL_1] or [PHONE_1]?',
    ])
    const stored = await storedConversation(conversationId)
    expect(stored?.title).toBe(`Write to ${EMAIL}.`)
    expect(stored?.messages.map(({ content }) => content)).toEqual([
      `Write to ${EMAIL}.`,
      `Happy to help! You said: "Write to ${EMAIL}."`,
      `${EMAIL} or ${PHONE}?`,
      `Happy to help! You said: "${EMAIL} or ${PHONE}?"`,
    ])
  })

  it('hides what the system text and a history of the client’s own hold', async () => {
    const messages = [
      { role: 'user', content: `My card is ${CARD}.` },
      { role: 'assistant', content: `Noted: ${CARD}.` },
      { role: 'user', content: 'Which card?' },
    ]
    const answer = await ask(await freshTenant(), { messages, system: `You answer for ${EMAIL}.` })
    expectStatus(answer, 200)
    expect(lastAsked().messages.map(({ content }) => content)).toEqual([
      'You answer for [EMAIL_1].',
      'My card is [CARD_1].',
      'Noted: [CARD_1].',
      'Which card?',
    ])
  })

  it('keeps what a text itself writes like a placeholder', async () => {
    const message = `Replace [EMAIL_1] by ${EMAIL}`
    const answer = await ask(await freshTenant(), { message })
    expect(answer.body.message.content).toBe(`Happy to help! You said: "${message}"`)
  })

  it('tells the real values in a stream, cut wherever it may be', async () => {
    const tenant = await freshTenant()
    const message = `Mine are ${ALL}, again: ${ALL}`
    const response = await fetch(`${server.url}${CHAT}`, {
      method: 'POST',
      headers: { ...tenant.session, 'Content-Type': 'application/json' },
      body: JSON.stringify({ message, stream: true }),
    })
    expect(response.status).toBe(200)
    const events = await allEvents(response)
    const expected = `Happy to help! You said: "${message}"`
    expect(textOf(events)).toBe(expected)
    expect(events.filter(({ event }) => event === 'delta').length).toBeGreaterThan(10)
    const completed = events.at(-1)?.data
    expect(completed.message.content).toBe(expected)
    const stored = await storedConversation(completed.conversationId)
    expect(stored?.messages.map(({ content }) => content)).toEqual([message, expected])
  })
})

describe('with PII_MASKING=on, knowledge', () => {
  const TEXT = `The plumber answers at ${PHONE}. The invoice is paid to ${IBAN}. Hours are nine to five.`

  async function withFile() {
    const tenant = await freshTenant()
    const file = await upload(tenant, TEXT, `plumber ${CARD}.txt`)
    return { tenant, file }
  }

  it('is embedded without personal data, and kept with it', async () => {
    const { tenant, file } = await withFile()
    expect(file).toMatchObject({
      status: 'ready',
      embedded: true,
      piiFound: ['phone', 'iban'],
      summary: null,
    })
    expect(lastEmbedded()).toEqual([
      'The plumber answers at [PHONE_1]. The invoice is paid to [IBAN_1]. Hours are nine to five.',
    ])
    const found = await tenant.call('POST', '/api/files/search', { json: { query: `plumber ${PHONE}` } })
    expectStatus(found, 200)
    expect(lastEmbedded()).toEqual(['plumber [PHONE_1]'])
    expect(found.body.data[0]).toMatchObject({ fileId: file.id, text: TEXT })
  })

  it('is quoted and cited as it is, though the model saw none of it', async () => {
    const { tenant, file } = await withFile()
    const message = `When does the plumber answer? Tell ${EMAIL}.`
    const answer = await ask(tenant, { message, knowledge: true })
    expectStatus(answer, 200)
    expect(answer.body.message.content).toBe(`According to [1]: "The plumber answers at ${PHONE}."`)
    expect(answer.body.citations).toEqual([expect.objectContaining({ fileId: file.id, excerpt: TEXT })])
    expect(answer.body.citations[0].name).toBe(file.name)
    expect(lastAsked().messages[0]?.content).toContain('The plumber answers at [PHONE_1].')
    const stored = await storedConversation(answer.body.conversationId)
    expect(stored?.messages[1]?.citations).toEqual(answer.body.citations)
  })
})

describe('with PII_MASKING=on, the other calls', () => {
  it('embed texts without personal data', async () => {
    const tenant = await freshTenant()
    const texts = [`Write to ${EMAIL}`, `or to ${EMAIL}`]
    const answer = await tenant.call('POST', '/api/ai?provider=openai&action=embed', { json: { texts } })
    expectStatus(answer, 200)
    expect(lastEmbedded()).toEqual(['Write to [EMAIL_1]', 'or to [EMAIL_1]'])
  })

  it('ask about an image without personal data', async () => {
    const tenant = await freshTenant()
    const json = { imageUrl: 'https://example.com/card.png', prompt: `Is this the card of ${EMAIL}?` }
    const answer = await tenant.call('POST', '/api/ai?provider=openai&action=vision', { json })
    expectStatus(answer, 200)
    expect(JSON.stringify(lastAsked())).toContain('Is this the card of [EMAIL_1]?')
    expect(JSON.stringify(answer.body)).not.toContain('EMAIL_1')
  })
})

it('covers every kind', async () => {
  expect((await findPii(ALL)).map(({ kind }) => kind)).toEqual([...PII_KINDS])
})
