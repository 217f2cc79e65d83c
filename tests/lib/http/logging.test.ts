import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')

/** Answers one request whose handler throws `error` in a process of its own: what it sent and what it logged. */
async function failWith(error: string) {
  const code = `
    import { z } from 'zod'
    import { AppError } from './lib/errors.ts'
    import { contract } from './lib/http/contract.ts'
    import { route } from './lib/route.ts'
    const operation = contract({
      id: 'probe', method: 'GET', path: '/api/probe', tag: 't', summary: 's', callers: [], database: false,
      responses: { 200: z.object({}) },
    })
    const handler = route(operation, async () => { throw ${error} })
    const request = new Request('http://127.0.0.1/api/probe', {
      headers: { 'X-Request-Id': 'req-1', Authorization: 'Bearer hunter2' },
    })
    console.log(await (await handler(request)).text())
  `
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '-e', code],
    { cwd: root, env: { ...process.env, LOG_LEVEL: 'warn' } },
  )
  const lines = stderr.split('\n').filter(line => line.startsWith('{'))
  return { sent: JSON.parse(stdout), logged: lines.map(line => JSON.parse(line)), stderr }
}

describe('the log', () => {
  it('has the whole of an error that nobody expected, and the answer nothing of it', async () => {
    const { sent, logged, stderr } = await failWith(
      "new Error('disk on fire', { cause: new Error('spark') })",
    )
    expect(sent).toMatchObject({ status: 500, code: 'internal', requestId: 'req-1' })
    expect(JSON.stringify(sent)).not.toMatch(/fire|spark/)
    expect(logged).toHaveLength(1)
    expect(logged[0]).toMatchObject({
      level: 50,
      requestId: 'req-1',
      code: 'internal',
      msg: 'request failed',
    })
    expect(logged[0].err.message).toContain('disk on fire')
    expect(logged[0].err.stack).toContain('spark')
    expect(stderr).not.toContain('hunter2')
  })

  it('has our own failures too', async () => {
    const { logged } = await failWith("new AppError('provider_timeout', 'The provider did not answer.')")
    expect(logged).toMatchObject([{ requestId: 'req-1', code: 'provider_timeout' }])
  })

  it.each(["'text'", 'null', '{ secret: 1 }'])(
    'has what was thrown, though it is no error: %s',
    async thrown => {
      const { sent, logged } = await failWith(thrown)
      expect(sent).toMatchObject({ status: 500, code: 'internal' })
      expect(logged).toMatchObject([{ requestId: 'req-1', code: 'internal' }])
    },
  )

  it('is not filled by what clients do wrong', async () => {
    const { sent, logged } = await failWith("new AppError('not_found', 'There is no such file.')")
    expect(sent).toMatchObject({ status: 404 })
    expect(logged).toEqual([])
  })
})
