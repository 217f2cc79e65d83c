import { describe, expect, it } from 'vitest'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { sendJson, startUpstream } from '../../lib/ai/upstream.ts'
import { services } from '../../setup/services.ts'
import { complete, EMBEDDINGS, expectError, lastSent } from './openai.ts'

// A server that takes anything, and repeats it.
const upstream = await startUpstream((response, { body }) => {
  sendJson(response, { choices: [{ message: { content: JSON.stringify(body) } }] })
})
// Settings are read when the first request comes.
Object.assign(process.env, {
  PII_MASKING: 'on',
  GROQ_API_KEY: 'k',
  GROQ_BASE_URL: `${upstream.url}/v1`,
})

const email = 'marie.dupont@example.org'
const user = { role: 'user', content: 'Hi' }
const of = (text: object) => ({ messages: [text] })
const tool = (rest: object) => ({
  messages: [user],
  tools: [{ type: 'function', function: { name: 'save', ...rest } }],
})
const parameters = (schema: object) => tool({ parameters: { type: 'object', properties: { to: schema } } })
const part = (given: object) => of({ role: 'user', content: [given] })
const said = (given: object) => of({ role: 'assistant', content: 'x', ...given })

const places: [string, object][] = [
  ['user', { user: email }],
  ['safety_identifier', { safety_identifier: email }],
  ['prompt_cache_key', { prompt_cache_key: email }],
  ['metadata', { metadata: { owner: email } }],
  ['metadata under the name of a name', { metadata: { id: email, type: email, model: email } }],
  ['stop', { stop: email }],
  ['a list of stops', { stop: ['END', email] }],
  ['prediction', { prediction: { type: 'content', content: [{ type: 'text', text: email }] } }],
  ['an option of a vendor', { vendor: { deep: [1, { er: email }] } }],
  ['an id that is none', { vendor: { id: email, name: email } }],
  ['web search', { web_search_options: { user_location: { approximate: { city: email } } } }],
  ['name of a speaker', of({ ...user, name: email })],
  ['content', of({ role: 'user', content: email })],
  ['a part', part({ type: 'text', text: email })],
  ['a part of an unknown kind', part({ type: 'search_result', source: email, title: email })],
  ['filename', part({ type: 'file', file: { file_id: 'file-1', filename: `${email}.pdf` } })],
  ['address of an image', part({ type: 'image_url', image_url: { url: `https://x.example/?u=${email}` } })],
  ['refusal', said({ refusal: email })],
  ['reasoning', said({ reasoning: email })],
  ['reasoning_content', said({ reasoning_content: email })],
  ['transcript', said({ audio: { id: 'audio_1', transcript: email } })],
  [
    'arguments',
    said({ tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: email } }] }),
  ],
  [
    'input of a tool',
    said({ tool_calls: [{ id: 'c', type: 'custom', custom: { name: 'f', input: email } }] }),
  ],
  ['a function call', said({ function_call: { name: 'f', arguments: email } })],
  ['answer of a tool', of({ role: 'tool', tool_call_id: 'c', content: email })],
  ['description of a tool', tool({ description: email })],
  ['description of a parameter', parameters({ type: 'string', description: email })],
  ['enum', parameters({ enum: [email] })],
  ['const', parameters({ const: email })],
  ['default and examples', parameters({ default: { name: email }, examples: [email] })],
  ['an old function', { functions: [{ name: 'f', description: email }] }],
  [
    'schema of an answer',
    {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'x', description: email, schema: { properties: { to: { title: email } } } },
      },
    },
  ],
]

const sentTo = () => JSON.stringify(upstream.requests.at(-1)?.body)

describe('with PII_MASKING=on nothing personal leaves', () => {
  it.each(places)('in %s', async (_place, asked) => {
    const model = 'groq/some-model'
    const answer = await complete(await freshTenant(), { model, messages: [user], ...asked })
    expectStatus(answer, 200)
    expect(sentTo()).toContain('[EMAIL_1]')
    expect(sentTo()).not.toContain('marie')
    // What the model repeats is unmasked.
    expect(JSON.parse(answer.body.choices[0].message.content)).toMatchObject({ messages: [user], ...asked })
  })

  it('in metadata that reads as a name', async () => {
    const metadata = { id: 'FR7630006000011234567890189', name: '10.1.2.3' }
    const model = 'groq/some-model'
    expectStatus(await complete(await freshTenant(), { model, messages: [user], metadata }), 200)
    expect(upstream.requests.at(-1)?.body.metadata).toEqual({ id: '[IBAN_1]', name: '[IP_1]' })
  })

  it('beside texts to embed', async () => {
    const json = { model: 'text-embedding-3-small', input: 'x', user: email, metadata: { a: email } }
    expectStatus(await (await freshTenant()).call('POST', EMBEDDINGS, { json }), 200)
    expect(lastSent('/v1/embeddings')).toMatchObject({ user: '[EMAIL_1]', metadata: { a: '[EMAIL_1]' } })
  })
})

describe('with PII_MASKING=on', () => {
  it('names and inline images stay as they are', async () => {
    // In a text these would be addresses.
    const id = '192.168.1.77'
    const name = '10.1.2.3'
    const url = `data:image/png;base64,${Buffer.from('x'.repeat(99)).toString('base64')}`
    const asked = {
      model: 'groq/10.2.3.4',
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url, detail: 'low' } }] },
        {
          role: 'assistant',
          tool_calls: [{ id, type: 'function', function: { name, arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: id, content: 'x' },
      ],
      tools: [
        {
          type: 'function',
          function: {
            name,
            parameters: { properties: { [name]: {} }, required: [name] },
          },
        },
      ],
      tool_choice: { type: 'function', function: { name } },
      temperature: 0.5,
      reasoning_effort: 'low',
      service_tier: 'auto',
    }
    expectStatus(await complete(await freshTenant(), asked), 200)
    expect(upstream.requests.at(-1)?.body).toEqual({ ...asked, model: '10.2.3.4' })
  })

  const hidden = Buffer.from(email).toString('base64')
  it.each([
    [
      'a file',
      'messages[0].content[0].file.file_data',
      { type: 'file', file: { filename: 'a.pdf', file_data: hidden } },
    ],
    [
      'sound',
      'messages[0].content[0].input_audio.data',
      { type: 'input_audio', input_audio: { data: hidden, format: 'wav' } },
    ],
    [
      'a file in place of an image',
      'messages[0].content[0].image_url.url',
      { type: 'image_url', image_url: { url: `data:text/plain;base64,${hidden}` } },
    ],
  ])('%s is refused: what is in it cannot be masked', async (_kind, param, given) => {
    const tenant: Tenant = await freshTenant()
    const before = services.openai.requests().length
    expectError(await complete(tenant, part(given)), 400, { param })
    expect(services.openai.requests()).toHaveLength(before)
  })

  it('so many texts that masking them would take seconds are refused at once', async () => {
    const stop = Array.from({ length: 300_000 }, (_, at) => `s${at}`)
    const start = performance.now()
    expectError(await complete(await freshTenant(), { messages: [user], stop }), 400, {})
    expect(performance.now() - start).toBeLessThan(3_000)
  })
})
