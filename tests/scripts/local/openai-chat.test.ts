import { OpenAI } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenAIStandIn, startOpenAI } from '../../../scripts/local/openai/index.ts'

type Params = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'model'>

let provider: OpenAIStandIn
let client: OpenAI

beforeAll(async () => {
  provider = await startOpenAI({ delayMs: 5 })
  client = new OpenAI({ baseURL: provider.baseUrl, apiKey: provider.apiKey, maxRetries: 0 })
})
afterAll(() => provider.close())

async function answer(params: Params): Promise<string> {
  const completion = await client.chat.completions.create({ model: 'any-model', ...params })
  return completion.choices[0]?.message.content ?? ''
}

function ask(question: string, system?: string): Promise<string> {
  const instructions = system === undefined ? [] : [{ role: 'system' as const, content: system }]
  return answer({ messages: [...instructions, { role: 'user', content: question }] })
}

const passages = `Answer from these passages only.
[1] (shipping.md) Parcels leave our warehouse every day. Delivery to France takes three days.
[2] (refunds (2026).pdf) We care about you.
A refund is paid within 14 days. Keep the receipt.
[3] (horaires.txt) Le magasin ferme à 18 heures. Le dimanche il est fermé.`

describe('a plain answer', () => {
  test('repeats the question, with usage, and is the same each time', async () => {
    const params = { model: 'some/model', messages: [{ role: 'user' as const, content: 'Is the sky blue?' }] }
    const completion = await client.chat.completions.create(params)
    const again = await client.chat.completions.create(params)
    const content = completion.choices[0]?.message.content ?? ''
    expect(completion).toMatchObject({ object: 'chat.completion', model: 'some/model' })
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant' } })
    expect(content).toContain('Is the sky blue?')
    expect(again.choices[0]?.message.content).toBe(content)
    expect(completion.usage).toEqual({
      prompt_tokens: 4,
      completion_tokens: Math.ceil(content.length / 4),
      total_tokens: 4 + Math.ceil(content.length / 4),
    })
    expect(completion._request_id).toMatch(/^req_/)
  })

  test('is about the last question, in parts or not', async () => {
    const content = [{ type: 'text' as const, text: 'And the second?' }]
    const said = await answer({
      messages: [
        { role: 'user', content: 'The first?' },
        { role: 'assistant', content: 'Yes.' },
        { role: 'user', content },
      ],
    })
    expect(said).toContain('And the second?')
    expect(said).not.toContain('The first?')
  })

  test('is as long as asked, and a huge question is not repeated whole', async () => {
    expect((await ask('Write 120 words about rain')).split(' ')).toHaveLength(120)
    expect((await ask('word '.repeat(20_000))).length).toBeLessThan(1_500)
  })
})

describe('an answer from passages', () => {
  test.each([
    ['How long until my refunds are paid?', 'According to [2]: "A refund is paid within 14 days."'],
    ['How many days is the delivery to France?', 'According to [1]: "Delivery to France takes three days."'],
    ['A quelle heure ferme le magasin ?', 'According to [3]: "Le magasin ferme à 18 heures."'],
  ])('quotes the best sentence: %s', async (question, expected) => {
    expect(await ask(question, passages)).toBe(expected)
  })

  test('may also stand in the question’s own message', async () => {
    expect(await ask(`${passages}\n\nWhen is a refund paid?`)).toBe(
      'According to [2]: "A refund is paid within 14 days."',
    )
  })

  test('says so when no passage speaks of it', async () => {
    const said = await ask('Who painted Guernica?', passages)
    expect(said).not.toContain('According to')
    expect(said).toContain('Who painted Guernica?')
  })
})

describe('other kinds of answers', () => {
  const summaryOf = 'Rain fell. Rivers rose! Nobody was hurt. The end.'

  test('a summary is the first two sentences', async () => {
    expect(await ask(summaryOf, 'Write a short summary of the text.')).toBe('Rain fell. Rivers rose!')
    expect(await ask(summaryOf, 'Fais un résumé du texte.')).toBe('Rain fell. Rivers rose!')
  })

  test('an image is seen', async () => {
    const image = (url: string) => ({ type: 'image_url' as const, image_url: { url } })
    const text = { type: 'text' as const, text: 'What is this?' }
    const see = (url: string) => answer({ messages: [{ role: 'user', content: [text, image(url)] }] })
    expect(await see('https://example.com/cat.png')).toMatch(/an image.*cat\.png.*What is this\?/)
    expect(await see('data:image/png;base64,AAAA')).toContain('image/png of 3 bytes')
  })

  test('JSON is asked by a schema', async () => {
    const schema = {
      type: 'object',
      properties: {
        caption: { type: 'string' },
        kind: { enum: ['photo', 'drawing'] },
        labels: { type: 'array', items: { type: 'string' }, minItems: 1 },
        size: { $ref: '#/$defs/size' },
        note: { anyOf: [{ type: 'null' }, { type: 'string' }] },
        extra: { type: 'string' },
      },
      required: ['caption', 'kind', 'labels', 'size', 'note'],
      $defs: {
        size: { type: 'object', properties: { width: { type: 'integer', minimum: 1 } }, required: ['width'] },
      },
    }
    const said = await answer({
      messages: [{ role: 'user', content: 'Describe it' }],
      response_format: { type: 'json_schema', json_schema: { name: 'picture', schema } },
    })
    const text = expect.stringContaining('Describe it')
    expect(JSON.parse(said)).toEqual({
      caption: text,
      kind: 'photo',
      labels: [text],
      size: { width: 1 },
      note: null,
    })
  })

  test('JSON without a schema has the keys that were named', async () => {
    const json = (system: string) =>
      answer({
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: 'Hi' },
        ],
        response_format: { type: 'json_object' },
      })
    expect(Object.keys(JSON.parse(await json('Answer JSON with "caption" and "text".')))).toEqual([
      'caption',
      'text',
    ])
    expect(Object.keys(JSON.parse(await json('Answer in JSON.')))).toEqual(['answer'])
  })
})

describe('streaming', () => {
  test('gives the same words one by one, then usage when asked', async () => {
    const messages = [{ role: 'user' as const, content: 'Tell me a thing or two' }]
    const stream = await client.chat.completions.create({
      model: 'm',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of stream) chunks.push(chunk)
    const plain = await client.chat.completions.create({ model: 'm', messages })
    const deltas = chunks.flatMap(chunk => chunk.choices.map(choice => choice.delta.content ?? ''))
    const full = plain.choices[0]?.message.content ?? ''

    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant')
    expect(deltas.join('')).toBe(full)
    expect(deltas.filter(delta => delta !== '')).toHaveLength(full.split(' ').length)
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: plain.usage })
    expect(new Set(chunks.map(chunk => chunk.id)).size).toBe(1)
  })

  test('words come as time passes, and usage only when asked', async () => {
    const start = performance.now()
    const times: number[] = []
    const messages = [{ role: 'user' as const, content: 'Write 40 words' }]
    const stream = await client.chat.completions.create({ model: 'm', messages, stream: true })
    for await (const chunk of stream) {
      expect(chunk.usage).toBeUndefined()
      times.push(performance.now() - start)
    }
    expect(times.at(-1)).toBeGreaterThan(40 * 5 * 0.8)
    expect(times[1]).toBeLessThan(100)
  })

  test('ends when the stand-in closes', async () => {
    const other = await startOpenAI({ delayMs: 5 })
    const local = new OpenAI({ baseURL: other.baseUrl, apiKey: other.apiKey, maxRetries: 0 })
    const messages = [{ role: 'user' as const, content: 'Write 2000 words' }]
    const stream = await local.chat.completions.create({ model: 'm', messages, stream: true })
    let seen = 0
    const reading = (async () => {
      for await (const _chunk of stream) {
        seen += 1
        if (seen === 3) await other.close()
      }
    })()
    await expect(reading).rejects.toThrow()
    expect(seen).toBeLessThan(50)
  })
})
