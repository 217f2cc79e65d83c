import { describe, expect, it } from 'vitest'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { upload } from '../files/stored.ts'
import { chunksOf, complete, EMBEDDINGS, expectError, lastSent, textOf } from './openai.ts'

// Settings are read when the first request comes.
process.env.PII_MASKING = 'on'

const email = 'marie.dupont@example.org'
const phone = '+33 6 12 34 56 78'
const iban = 'FR76 3000 6000 0112 3456 7890 189'
const note = {
  type: 'function',
  function: {
    name: 'save_note',
    parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  },
}

/** Asserts that none of the values left for the provider. */
function expectMasked(...values: string[]): void {
  const sent = JSON.stringify(lastSent())
  for (const value of values) expect(sent).not.toContain(value)
}

describe('with PII_MASKING=on', () => {
  it('personal data does not leave, and comes back in the answer', async () => {
    const content = `Write to ${email} or call ${phone}`
    const answer = await complete(await freshTenant(), content)
    expectStatus(answer, 200)
    expect(answer.body.choices[0].message.content).toBe(`Happy to help! You said: "${content}"`)
    expectMasked(email, phone)
    expect(lastSent().messages[0].content).toMatch(/\[EMAIL_1\] or call \[PHONE_1\]/)
  })

  it('comes back in a stream, cut wherever it may be', async () => {
    const content = `Mail ${email} , ${email} and ${iban} now`
    const asked = { messages: [{ role: 'user', content }], stream: true }
    const answer = await complete(await freshTenant(), asked)
    expect(textOf(chunksOf(answer))).toBe(`Happy to help! You said: "${content}"`)
    expect(answer.body).not.toMatch(/EMAIL_|IBAN_/)
    expectMasked(email, iban)
  })

  it('is hidden wherever a message holds text', async () => {
    const called = {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'save_note', arguments: `{"text":"${phone}"}` } },
      ],
    }
    const messages = [
      { role: 'system', content: `You work for ${email}.` },
      { role: 'user', content: [{ type: 'text', text: `I am ${email}` }] },
      called,
      { role: 'tool', tool_call_id: 'call_1', content: `Saved ${iban} of ${email}` },
    ]
    const answer = await complete(await freshTenant(), { messages, tools: [note] })
    expectStatus(answer, 200)
    expectMasked(email, phone, iban)
    expect(answer.body.choices[0].message.content).toBe(`The tools say: "Saved ${iban} of ${email}"`)
    expect(lastSent().messages[2].tool_calls[0].id).toBe('call_1')
  })

  it.each([false, true])('comes back in the calls of tools, streamed: %s', async stream => {
    const content = `Please save_note about ${email} and ${phone}`
    const asked = { messages: [{ role: 'user', content }], tools: [note], stream }
    const answer = await complete(await freshTenant(), asked)
    const given = stream
      ? chunksOf(answer)
          .flatMap(({ choices }) => choices[0].delta.tool_calls ?? [])
          .map(({ function: { arguments: piece } }) => piece)
          .join('')
      : answer.body.choices[0].message.tool_calls[0].function.arguments
    expect(JSON.parse(given)).toEqual({ text: content })
    expectMasked(email, phone)
  })

  it('is hidden in passages, which are cited as they are', async () => {
    const tenant = await freshTenant()
    await upload(tenant, `The crane is booked through ${email} only.`, 'crane.txt')
    const answer = await complete(tenant, {
      model: 'knowledge/gpt-4o-mini',
      messages: [{ role: 'user', content: 'Who books the crane?' }],
    })
    expect(answer.body.choices[0].message.content).toContain(email)
    expect(answer.body.citations[0].excerpt).toContain(email)
    expectMasked(email)
  })

  it('does not leave in texts to embed; tokens, in which it would hide, are refused', async () => {
    const tenant = await freshTenant()
    const model = 'text-embedding-3-small'
    for (const input of [`Of ${email}`, [`Of ${email}`, 'x']])
      expectStatus(await tenant.call('POST', EMBEDDINGS, { json: { model, input } }), 200)
    expect(lastSent('/v1/embeddings').input).toEqual(['Of [EMAIL_1]', 'x'])
    for (const input of [
      [1, 2],
      [[1], [2]],
    ])
      expectError(await tenant.call('POST', EMBEDDINGS, { json: { model, input } }), 400, { param: 'input' })
  })
})
