import { describe, expect, it } from 'vitest'
import { UsageLog } from '../../../models/usage-log.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'
import { upload } from '../files/stored.ts'
import { chunksOf, complete, lastSent, textOf } from './openai.ts'

const model = 'knowledge/gpt-4o-mini'
const question = { role: 'user', content: 'How much does the blue crane lift?' }
const text = 'The blue crane lifts forty tons. It stands on pier nine.'

async function harbour() {
  const tenant = await freshTenant()
  return { tenant, file: await upload(tenant, text, 'cranes.txt') }
}

describe('a model behind knowledge/', () => {
  it('answers from the caller’s files and cites them beside the completion', async () => {
    const { tenant, file } = await harbour()
    const answer = await complete(tenant, { model, messages: [question] })
    expectStatus(answer, 200)
    expect(answer.body.model).toBe('gpt-4o-mini')
    expect(answer.body.choices[0].message.content).toBe(
      'According to [1]: "The blue crane lifts forty tons."',
    )
    expect(answer.body.citations).toEqual([
      { fileId: file.id, name: 'cranes.txt', chunk: 0, score: expect.any(Number), excerpt: text },
    ])
  })

  it('gives the passages as instructions before the caller’s own messages, which stay', async () => {
    const { tenant } = await harbour()
    const messages = [{ role: 'system', content: 'Be brief.' }, question]
    expectStatus(await complete(tenant, { model, messages, seed: 3 }), 200)
    const sent = lastSent()
    expect(sent.model).toBe('gpt-4o-mini')
    expect(sent.seed).toBe(3)
    expect(sent.messages[0]).toMatchObject({
      role: 'system',
      content: expect.stringContaining(`[1] (cranes.txt) ${text}`),
    })
    expect(sent.messages.slice(1)).toEqual(messages)
  })

  it('asks its files for what the user said last, in parts or not', async () => {
    const { tenant } = await harbour()
    const messages = [
      { role: 'user', content: 'Who are you?' },
      { role: 'assistant', content: 'A model.' },
      { role: 'user', content: [{ type: 'text', text: question.content }] },
    ]
    const { body } = await complete(tenant, { model, messages })
    expect(body.citations).toHaveLength(1)
  })

  it('cites on the last chunk that says something, and only there', async () => {
    const { tenant, file } = await harbour()
    const asked = { model, messages: [question], stream: true, stream_options: { include_usage: true } }
    const chunks = chunksOf(await complete(tenant, asked))
    expect(textOf(chunks)).toBe('According to [1]: "The blue crane lifts forty tons."')
    const citing = chunks.filter(chunk => 'citations' in chunk)
    expect(citing).toHaveLength(1)
    expect(citing[0].choices[0].finish_reason).toBe('stop')
    expect(citing[0].citations).toMatchObject([{ fileId: file.id }])
  })

  it('says that there was nothing to cite', async () => {
    const { body } = await complete(await freshTenant(), { model, messages: [question] })
    expect(body.citations).toEqual([])
    expect(lastSent().messages).toEqual([question])
  })

  it.each([
    ['an image alone', [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }]],
    ['spaces', ' \n'],
  ])('searches for nothing when that is %s', async (_kind, content) => {
    const { tenant } = await harbour()
    const searches = () => services.openai.requests().filter(({ path }) => path === '/v1/embeddings').length
    const before = searches()
    const answer = await complete(tenant, { model, messages: [question, { role: 'user', content }] })
    expectStatus(answer, 200)
    expect(answer.body.citations).toEqual([])
    expect(searches()).toBe(before)
  })

  it('never sees what belongs to somebody else', async () => {
    await harbour()
    const { body } = await complete(await freshTenant(), { model, messages: [question] })
    expect(JSON.stringify([body, lastSent()])).not.toContain('forty tons')
  })

  it('pays for its search', async () => {
    const { tenant } = await harbour()
    const { body } = await complete(tenant, { model, messages: [question] })
    await background.drain()
    const log = await UsageLog.findOne({ clerkId: tenant.clerkId, endpoint: /v1/ }).lean()
    const { prompt_tokens, completion_tokens } = body.usage
    const answered = (prompt_tokens * 0.15 + completion_tokens * 0.6) / 1e6
    expect(log?.metadata?.costUsd).toBeGreaterThan(answered)
  })
})

describe('any other model', () => {
  it('knows nothing of files and cites nothing', async () => {
    const { tenant } = await harbour()
    const { body } = await complete(tenant, { messages: [question] })
    expect(body).not.toHaveProperty('citations')
    expect(lastSent().messages).toEqual([question])
  })
})
