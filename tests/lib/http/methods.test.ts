import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { byAction, otherMethods, type RouteHandler } from '../../../lib/http/methods.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { loadRoutes } from '../../../scripts/lib/routes.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { fileForm, uploadAndWait } from '../../helpers/files.ts'
import { expectRefusal } from '../../helpers/openai-error.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { ask, openRoute } from './ask.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
const apiDir = join(import.meta.dirname, '..', '..', '..', 'api')
const routes = (await loadRoutes(apiDir)).map(({ route, methods }) => ({
  file: route.file,
  pattern: route.pattern,
  path: route.pattern.replace(/\{\w+\}/g, '507f1f77bcf86cd799439011'),
  declared: methods.map(({ name }) => name),
}))

describe.each(routes)('$pattern', ({ file, path, declared }) => {
  const allowed = [...declared, ...(declared.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
  const refused = METHODS.filter(method => !allowed.includes(method))

  it('exports every method', async () => {
    const module = await import(pathToFileURL(file).href)
    expect(Object.keys(module).sort()).toEqual([...METHODS].sort())
  })

  it.each(refused)('refuses %s, saying what is allowed', async method => {
    const answer = await call(method, path)
    expectRefusal(answer, 405, 'method_not_allowed', path)
    expect(answer.headers.get('allow')).toBe(allowed.join(', '))
    expect(answer.body.detail ?? answer.body.error.message).toBe(`Use ${allowed.join(', ')}.`)
  })

  it('tells OPTIONS the same', async () => {
    const answer = await call('OPTIONS', path)
    expectStatus(answer, 204)
    expect(answer.headers.get('allow')).toBe(allowed.join(', '))
  })

  it.each(declared.filter(method => method === 'GET'))('answers HEAD as %s, without a body', async () => {
    const { HEAD } = await import(pathToFileURL(file).href)
    const [get, head] = [await call('GET', path), await ask(HEAD, path, { method: 'HEAD' })]
    expect(head.status).toBe(get.status)
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
    expect(head.body).toBe('')
  })
})

it('walks every route there is', () => {
  expect(routes.map(({ pattern }) => pattern)).toContain('/api/files/{id}/content')
  expect(routes.length).toBeGreaterThanOrEqual(9)
})

describe('HEAD', () => {
  it('ends what GET began to stream', async () => {
    let cancelled = false
    const stream = new ReadableStream({
      cancel() {
        cancelled = true
      },
    })
    const get = (async () => new Response(stream, { headers: { 'Content-Length': '9' } })) as never
    const { HEAD } = otherMethods({ GET: get as RouteHandler })
    const answer = await ask(HEAD, '/api/probe', { method: 'HEAD' })
    expect(answer.headers.get('content-length')).toBe('9')
    expect(answer.body).toBe('')
    expect(cancelled).toBe(true)
  })
})

describe('HEAD of a part', () => {
  it('is HEAD of the whole: a Range means nothing to it', async () => {
    const tenant = await freshTenant()
    const file = await uploadAndWait(tenant, fileForm('0123456789'))
    const path = `/api/files/${file.id}/content`
    expectStatus(await tenant.call('GET', path, { headers: { Range: 'bytes=2-4' } }), 206)
    const head = await tenant.call('HEAD', path, { headers: { Range: 'bytes=2-4' }, ip: '192.0.2.9' })
    expectStatus(head, 200)
    expect(head.headers.get('content-length')).toBe('10')
    await background.drain()
    const row = await UsageLog.findOne({ clerkId: tenant.clerkId, ip: '192.0.2.9' }).lean()
    expect(row?.endpoint).toBe('/api/files/{id}/content')
  })
})

describe('?action=', () => {
  const acting = (name: string) =>
    openRoute(async () => ({ done: true, name }), { id: name, ...(name && { action: name }) })
  const strict = byAction(acting('restore'), acting('rotate'))
  const lenient = byAction(acting(''), acting('rotate'))

  it('chooses among the operations of one path', async () => {
    expectStatus(await ask(strict, '/api/probe?action=restore'), 200)
    expectStatus(await ask(lenient, '/api/probe?action=rotate'), 200)
    expectStatus(await ask(lenient, '/api/probe'), 200)
  })

  it.each(['', '?action=', '?action=nope', '?action=toString', '?action=__proto__', '?action=Restore'])(
    'that is missing or unknown names the ones there are: “%s”',
    async query => {
      const answer = await ask(strict, `/api/probe${query}`)
      expectProblem(answer, 400, 'invalid_input')
      expect(answer.body.errors).toEqual([{ path: 'action', message: 'Must be one of: restore, rotate' }])
    },
  )
})
