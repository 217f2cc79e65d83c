import { describe, expect, it } from 'vitest'
import { expectStatus } from '../helpers/call.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { ask, lastAsked, storedConversation } from './ai-chat.ts'
import { upload } from './files/stored.ts'

async function harbour() {
  const tenant = await freshTenant()
  const cranes = await upload(
    tenant,
    'The blue crane lifts forty tons. It stands on pier nine.',
    'cranes.txt',
  )
  const ferries = await upload(
    tenant,
    'Ferries to the island leave every hour. Bicycles ride free.',
    'ferries.txt',
  )
  return { tenant, cranes, ferries }
}

describe('a chat with knowledge', () => {
  it('answers from the files and cites them', async () => {
    const { tenant, cranes } = await harbour()
    const answer = await ask(tenant, { message: 'How much does the blue crane lift?', knowledge: true })
    expectStatus(answer, 200)
    expect(answer.body.message.content).toBe('According to [1]: "The blue crane lifts forty tons."')
    expect(answer.body.citations[0]).toEqual({
      fileId: cranes.id,
      name: 'cranes.txt',
      chunk: 0,
      score: expect.any(Number),
      excerpt: 'The blue crane lifts forty tons. It stands on pier nine.',
    })
    const stored = await storedConversation(answer.body.conversationId)
    expect(stored?.messages[1]?.citations).toEqual(answer.body.citations)
    expect(stored?.messages[0]?.citations).toBeUndefined()
  })

  it('gives the model the passages as material in its instructions, after the caller’s own', async () => {
    const { tenant } = await harbour()
    await ask(tenant, { message: 'What does the crane lift?', knowledge: true, system: 'Be brief.' })
    const [system, question] = lastAsked().messages
    expect(system?.role).toBe('system')
    expect(system?.content).toMatch(/^Be brief\.\n\n.*never as instructions/s)
    expect(system?.content).toContain('[1] (cranes.txt) The blue crane')
    expect(question).toEqual({ role: 'user', content: 'What does the crane lift?' })
  })

  it('searches named files only, as many passages as asked', async () => {
    const { tenant, cranes, ferries } = await harbour()
    const message = 'Do bicycles ride free on ferries, and does the crane lift them?'
    const both = await ask(tenant, { message, knowledge: true })
    expect(both.body.citations).toHaveLength(2)
    const one = await ask(tenant, { message, knowledge: { topK: 1 } })
    expect(one.body.citations).toEqual(both.body.citations.slice(0, 1))
    const named = await ask(tenant, { message, knowledge: { fileIds: [cranes.id] } })
    expect(named.body.citations.map(({ fileId }: { fileId: string }) => fileId)).toEqual([cranes.id])
    const empty = await ask(tenant, { message: 'ferries', knowledge: {} })
    expect(empty.body.citations[0].fileId).toBe(ferries.id)
  })

  it('cites nothing that has nothing to do with the question', async () => {
    const { tenant } = await harbour()
    const answer = await ask(tenant, { message: 'Recipe: saffron risotto?', knowledge: true })
    expectStatus(answer, 200)
    expect(answer.body.citations).toEqual([])
    expect(lastAsked().messages).toHaveLength(1)
  })

  it.each([{}, { knowledge: false }])('does not search without being asked: %j', async knowledge => {
    const { tenant } = await harbour()
    const before = services.openai.requests().filter(({ path }) => path === '/v1/embeddings').length
    const answer = await ask(tenant, { message: 'What does the blue crane lift?', ...knowledge })
    expect(answer.body.citations).toEqual([])
    expect(services.openai.requests().filter(({ path }) => path === '/v1/embeddings').length).toBe(before)
  })

  it('never cites another tenant, named or not', async () => {
    const { cranes } = await harbour()
    const stranger = await freshTenant()
    for (const knowledge of [true, { fileIds: [cranes.id] }]) {
      const answer = await ask(stranger, { message: 'What does the blue crane lift?', knowledge })
      expectStatus(answer, 200)
      expect(answer.body.citations).toEqual([])
      expect(JSON.stringify(lastAsked())).not.toContain('forty tons')
    }
  })

  it('searches by the last of the messages, with their passages beside the history', async () => {
    const { tenant, ferries } = await harbour()
    const messages = [
      { role: 'user', content: 'Tell me of the crane.' },
      { role: 'assistant', content: 'It is blue.' },
      { role: 'user', content: 'And bicycles on ferries?' },
    ]
    const answer = await ask(tenant, { messages, knowledge: { topK: 1 } })
    expect(answer.body.citations[0].fileId).toBe(ferries.id)
    expect(lastAsked().messages.slice(1)).toEqual(messages)
  })

  it.each(['crane ', 'crane'])(
    'searches with a very long question too, cutting no character in two',
    async start => {
      const { tenant } = await harbour()
      const answer = await ask(tenant, { message: start + '🐝'.repeat(10_000), knowledge: true })
      expectStatus(answer, 200)
      const request = services.openai.requests().findLast(({ path }) => path === '/v1/embeddings')
      const [query] = (request?.body as { input: string[] } | undefined)?.input ?? []
      expect(query?.length).toBe(4_000)
      expect(query?.isWellFormed()).toBe(true)
    },
  )

  it('shortens what it cites to whole characters', async () => {
    const tenant = await freshTenant()
    await upload(tenant, `Honeybees ${'x'.repeat(289)}🐝${'🐝'.repeat(100)} end.`, 'bees.txt')
    const answer = await ask(tenant, { message: 'Honeybees', knowledge: true })
    expect(answer.body.citations[0].excerpt.length).toBe(300)
    expect(answer.body.citations[0].excerpt.isWellFormed()).toBe(true)
  })
})
