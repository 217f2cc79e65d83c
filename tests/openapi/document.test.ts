import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Contract, contract, problemsOf } from '../../lib/http/contract.ts'
import { PROBLEMS } from '../../lib/http/problems.ts'
import { loadRoutes } from '../../scripts/lib/routes.ts'
import { buildDocument } from '../../scripts/openapi/document.ts'
import { documentFaults } from '../../scripts/openapi/faults.ts'

/** The document read as plain JSON, the way a client reads it. */
type Json = { [key: string]: Json } & Json[] & string

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as Json

const routes = await loadRoutes(join(import.meta.dirname, '../../api'))
const contracts = routes.flatMap(({ methods }) => methods.flatMap(method => method.contracts))
const document = asJson(buildDocument(contracts))

const operationOf = (from: Json, { path, method }: Contract) => from.paths?.[path]?.[method.toLowerCase()]

function resolve(schema: Json | undefined): Json | undefined {
  const name = schema?.$ref?.split('/').at(-1)
  return name ? document.components?.schemas?.[name] : schema
}

describe('the document of all contracts', () => {
  it('is valid OpenAPI', async () => {
    expect(await documentFaults(buildDocument(contracts))).toEqual([])
  })

  it('describes every tag it uses', () => {
    const described = document.tags?.map(({ name }) => name)
    expect([...new Set(contracts.map(({ tag }) => tag))].sort()).toEqual(described?.sort())
  })

  it.each(contracts.map(one => [one.id, one] as const))('shows %s', (id, one) => {
    const operation = operationOf(document, one)
    expect(JSON.stringify(operation)).toContain(one.summary)
    if (!one.action) expect(operation?.operationId).toBe(id)
    const statuses = Object.keys(operation?.responses ?? {})
    for (const status of Object.keys(one.responses)) expect(statuses).toContain(status)
  })

  it.each(contracts.map(one => [one.id, one] as const))('lists the problems of %s', (_, one) => {
    const operation = operationOf(document, one)
    const isOpenAI = one.path.startsWith('/api/v1/')
    for (const code of problemsOf(one)) {
      const name = operation?.responses?.[PROBLEMS[code].status]?.$ref?.split('/').at(-1) ?? ''
      const content = document.components?.responses?.[name]?.content
      if (isOpenAI) {
        const media = content?.['application/json']
        expect(Object.keys(content ?? {})).toEqual(['application/json'])
        expect(media?.schema?.$ref).toBe('#/components/schemas/OpenAIError')
        expect(Object.keys(media?.examples ?? {})).toContain(code)
        continue
      }
      const media = content?.['application/problem+json']
      expect(media?.schema?.allOf?.[0]?.$ref).toBe('#/components/schemas/Problem')
      expect(media?.schema?.allOf?.[1]?.properties?.code?.enum).toContain(code)
    }
  })

  const withBody = contracts.filter(({ body, path }) => body && !path.startsWith('/api/v1/'))
  it.each(withBody.map(one => [one.id, one] as const))(
    'refuses unknown fields in the body of %s',
    (_, one) => {
      const schema = resolve(operationOf(document, one)?.requestBody?.content?.['application/json']?.schema)
      const alternatives = schema?.oneOf ?? schema?.anyOf ?? [schema]
      for (const alternative of alternatives) expect(resolve(alternative)?.additionalProperties).toBe(false)
    },
  )

  it('passes unknown fields on under /api/v1', () => {
    const passing = contracts.filter(({ body, path }) => body && path.startsWith('/api/v1/'))
    expect(passing.length).toBeGreaterThan(0)
    for (const one of passing) {
      const schema = resolve(operationOf(document, one)?.requestBody?.content?.['application/json']?.schema)
      expect(schema?.additionalProperties).toEqual({})
    }
  })

  it('shows which answers can be told as events', () => {
    for (const one of contracts) {
      const content = operationOf(document, one)?.responses?.[200]?.content
      const sharing = contracts.filter(({ path, method }) => path === one.path && method === one.method)
      const stream = content?.['text/event-stream']?.schema?.description
      if (sharing.every(({ streams }) => !streams)) expect(stream).toBeUndefined()
      if (one.streams === 'openai') expect(stream).toContain('data: [DONE]')
      if (one.streams === 'named') expect(stream).toContain('`completed`')
    }
    expect(contracts.filter(({ streams }) => streams).map(({ streams }) => streams)).toContain('openai')
  })

  it('counts callers: rate limit headers on answers, Retry-After on 429', () => {
    const me = document.paths?.['/api/app/me']?.get
    expect(Object.keys(me?.responses?.[200]?.headers ?? {})).toContain('RateLimit-Remaining')
    const limited = document.components?.responses?.rate_limited
    expect(Object.keys(limited?.headers ?? {})).toContain('Retry-After')
  })
})

const base = { path: '/api/things', method: 'POST', tag: 'AI' } as const

describe('operations that share a method and path', () => {
  const thing = z.object({ id: z.string() })
  const make = contract({
    ...base,
    id: 'makeThing',
    summary: 'Make',
    callers: ['user'],
    query: z.object({ dry: z.stringbool().default(false) }),
    body: z.strictObject({ name: z.string() }),
    responses: { 201: thing, 200: thing },
  })
  const mend = contract({
    ...base,
    id: 'mendThing',
    action: 'mend',
    summary: 'Mend',
    callers: ['key', 'visitor'],
    query: z.object({ thingId: z.string() }),
    body: z.strictObject({ glue: z.string() }),
    responses: { 200: z.object({ mended: z.literal(true) }) },
    problems: ['conflict'],
  })
  const merged = asJson(buildDocument([make, mend]))
  const operation = operationOf(merged, make)

  it('become one valid operation with the first one’s id', async () => {
    expect(await documentFaults(buildDocument([make, mend]))).toEqual([])
    expect(operation?.operationId).toBe('makeThing')
    expect(operation?.description).toContain('action=mend')
  })

  it('are selected by an action, optional when one of them has none', () => {
    const action = (from: Json) =>
      operationOf(from, make)?.parameters?.find(({ name }) => String(name) === 'action')
    expect(action(merged)).toMatchObject({ in: 'query', required: false, schema: { enum: ['mend'] } })
    expect(action(asJson(buildDocument([mend])))).toMatchObject({ required: true })
  })

  it('require a parameter only when all of them do', () => {
    const parameter = operation?.parameters?.find(({ name }) => String(name) === 'thingId')
    expect(parameter).toMatchObject({ required: false, description: 'Only for `mend`.' })
  })

  it('offer each body and each differing answer as an alternative', () => {
    const body = operation?.requestBody
    expect(body).toMatchObject({ required: true })
    expect(body?.content?.['application/json']?.schema?.oneOf?.map(({ title }) => title)).toEqual([
      'makeThing',
      'mend',
    ])
    expect(operation?.responses?.[200]?.content?.['application/json']?.schema?.oneOf).toHaveLength(2)
    expect(operation?.responses?.[201]?.content?.['application/json']?.schema?.type).toBe('object')
  })

  it('accept the credentials and list the problems of all', () => {
    expect(operation?.security).toEqual([{ sessionToken: [] }, { apiKey: [] }, { apiKeyHeader: [] }, {}])
    expect(Object.keys(operation?.responses ?? {})).toContain('409')
  })
})

describe('bodies and answers that are not JSON', () => {
  const upload = contract({
    ...base,
    id: 'upload',
    summary: 'Upload',
    callers: [],
    upload: { fileField: 'photo', fields: z.strictObject({ shared: z.stringbool().default(false) }) },
    responses: {
      200: { binary: true, contentType: 'image/png', description: 'The picture' },
      304: { binary: true, contentType: 'image/png', description: 'Not modified' },
    },
  })
  const operation = operationOf(asJson(buildDocument([upload])), upload)

  it('an upload is multipart with a binary part', () => {
    const schema = operation?.requestBody?.content?.['multipart/form-data']?.schema
    expect(schema?.properties).toMatchObject({
      photo: { type: 'string', format: 'binary' },
      shared: { type: 'boolean', default: false },
    })
    expect(schema?.required).toEqual(['photo'])
  })

  it('bytes have their media type, and 304 has no body', () => {
    expect(operation?.responses?.[200]?.content?.['image/png']?.schema).toMatchObject({ format: 'binary' })
    expect(operation?.responses?.[304]?.content).toBeUndefined()
  })

  it('an operation that asks nobody needs no credential', () => {
    expect(operation?.security).toEqual([])
  })
})
