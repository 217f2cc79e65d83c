import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')

const UNEXPECTED = "new Error('disk on fire', { cause: new Error('spark') })"
const OURS = "new AppError('provider_timeout', 'The provider did not answer.')"
const THROWN = ["'text'", 'null', '{ secret: 1 }']
const CLIENTS = "new AppError('not_found', 'There is no such file.')"
const ERRORS = [UNEXPECTED, OURS, ...THROWN, CLIENTS]

let stdout = ''
let stderr = ''

/** One request for each error, whose handler throws it, in a process of its own. */
beforeAll(async () => {
  const code = `
    import { z } from 'zod'
    import { AppError } from './lib/errors.ts'
    import { contract } from './lib/http/contract.ts'
    import { route } from './lib/route.ts'
    const operation = contract({
      id: 'probe', method: 'GET', path: '/api/probe', tag: 't', summary: 's', callers: [], database: false,
      responses: { 200: z.object({}) },
    })
    for (const [position, error] of [${ERRORS}].entries()) {
      const handler = route(operation, async () => { throw error })
      const request = new Request('http://127.0.0.1/api/probe', {
        headers: { 'X-Request-Id': 'req-' + position, Authorization: 'Bearer hunter2' },
      })
      console.log(await (await handler(request)).text())
    }
  `
  const args = ['--input-type=module-typescript', '-e', code]
  const env = { ...process.env, LOG_LEVEL: 'warn' }
  const written = await promisify(execFile)(process.execPath, args, { cwd: root, env })
  ;({ stdout, stderr } = written)
})

/** What was sent to who met this error, and what was logged of it. */
function failWith(error: string) {
  const requestId = `req-${ERRORS.indexOf(error)}`
  const read = (text: string) => text.split('\n').flatMap(line => (line[0] === '{' ? [JSON.parse(line)] : []))
  const own = (line: { requestId: string }) => line.requestId === requestId
  return { requestId, sent: read(stdout).find(own), logged: read(stderr).filter(own) }
}

describe('the log', () => {
  it('has the whole of an error that nobody expected, and the answer nothing of it', () => {
    const { requestId, sent, logged } = failWith(UNEXPECTED)
    expect(sent).toMatchObject({ status: 500, code: 'internal', requestId })
    expect(JSON.stringify(sent)).not.toMatch(/fire|spark/)
    expect(logged).toHaveLength(1)
    expect(logged[0]).toMatchObject({
      level: 50,
      requestId,
      code: 'internal',
      msg: 'request failed',
    })
    expect(logged[0].err.message).toContain('disk on fire')
    expect(logged[0].err.stack).toContain('spark')
    expect(stderr).not.toContain('hunter2')
  })

  it('has our own failures too', () => {
    const { requestId, logged } = failWith(OURS)
    expect(logged).toMatchObject([{ requestId, code: 'provider_timeout' }])
  })

  it.each(THROWN)('has what was thrown, though it is no error: %s', thrown => {
    const { requestId, sent, logged } = failWith(thrown)
    expect(sent).toMatchObject({ status: 500, code: 'internal' })
    expect(logged).toMatchObject([{ requestId, code: 'internal' }])
  })

  it('is not filled by what clients do wrong', () => {
    const { sent, logged } = failWith(CLIENTS)
    expect(sent).toMatchObject({ status: 404 })
    expect(logged).toEqual([])
    expect(stderr.match(/req-\d/g)).toHaveLength(ERRORS.length - 1)
  })
})
