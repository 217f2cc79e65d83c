import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect as dial } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ChatConversation } from '../../models/chat-conversation.ts'
import { RunningAnswer } from '../../models/running-answer.ts'
import { type Api, startApi } from '../helpers/api-process.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { isSuccess } from './mixed/ledger.ts'
import { startLoad } from './mixed/load.ts'
import { expectKept } from './mixed/verify.ts'

const ANSWERS = process.env.FAULTS === 'short' ? 60 : 2_000
/** What a platform grants at least before it kills. */
const GRACE_MS = 10_000

let apis: Api[]
let witness: Api
beforeAll(async () => {
  const started = await Promise.all([startApi({}), startApi({}), startApi({})])
  apis = started
  witness = started[2]
})
afterAll(() => witness.stop())

const nth = (index: number): Api => {
  const api = apis[index]
  if (!api) throw new Error('no such process')
  return api
}

/** Ends the process; gives its exit code and how long it took. */
async function end(api: Api, signal: NodeJS.Signals) {
  const start = performance.now()
  const code = await api.stop(signal)
  return { code, ms: performance.now() - start }
}

/** A connection whose client has its answer and keeps it open for the next request. */
async function idleConnection(url: string): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  const [response] = await once(httpRequest(`${url}/api/health`, { agent }).end(), 'response')
  response.resume()
  await once(response, 'end')
}

/** A connection whose client never sends the rest of its request. */
async function halfRequest(url: string): Promise<void> {
  const socket = dial(Number(new URL(url).port), '127.0.0.1').on('error', () => {})
  const head = ['POST /api/forms HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Content-Length: 99']
  socket.write(`${head.join('\r\n')}\r\n\r\n{"`)
  await sleep(50)
}

/** Why a new connection fails. */
function refusalOf(url: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = dial(Number(new URL(url).port), '127.0.0.1')
    socket.once('error', error => resolve('code' in error ? String(error.code) : error.message))
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
  })
}

describe.concurrent('a process that is told to end', () => {
  it('under load keeps all that it answered, and logs it, whatever signals follow', async () => {
    const api = nth(0)
    const load = await startLoad({ urls: [api.url], clients: 16, pauseMs: 5 })
    while (load.ledger.calls.filter(({ status }) => isSuccess(status)).length < ANSWERS) await sleep(50)
    await Promise.all([idleConnection(api.url), halfRequest(api.url)])
    const ending = end(api, 'SIGTERM')
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      await sleep(100)
      api.signal(signal)
    }
    const { code, ms } = await ending
    const ledger = await load.stop()
    console.log(`${ledger.calls.length} calls, ended in ${Math.round(ms)} ms`)
    expect(code, api.log()).toBe(0)
    expect(ms).toBeLessThan(GRACE_MS)
    expect(ledger.calls.filter(({ status }) => status >= 500)).toEqual([])
    await expectKept(ledger, { url: witness.url })
  }, 120_000)

  it('keeps what was said of an answer that takes too long, and hears nobody new', async () => {
    const api = nth(1)
    const tenant = await freshTenant()
    const word = randomUUID()
    services.openai.misbehaveFor(word, 'a stream that falls silent')
    const json = { message: `Say ${word}`, stream: true }
    const path = '/api/ai?provider=openai&action=chat'
    const answering = api.send('POST', path, { json, headers: tenant.session })
    await expect
      .poll(() => RunningAnswer.exists({ clerkId: tenant.clerkId }), { timeout: 30_000 })
      .not.toBeNull()
    await sleep(500)

    let hasEnded = false
    const ending = end(api, 'SIGINT').finally(() => {
      hasEnded = true
    })
    await expect.poll(() => refusalOf(api.url), { timeout: 4_000 }).toBe('ECONNREFUSED')
    expect(hasEnded).toBe(false)
    const { code, ms } = await ending
    expect(code, api.log()).toBe(0)
    expect(ms).toBeLessThan(GRACE_MS)
    const { status, body } = await answering
    expect(status).toBe(200)
    expect(body).toMatch(/event: completed\ndata: .*"unfinished":true/)
    const [conversation] = await ChatConversation.find({ clerkId: tenant.clerkId }).lean()
    expect(conversation?.messages).toMatchObject([
      { role: 'user' },
      { content: 'One two three', unfinished: true },
    ])
    expect(await RunningAnswer.exists({ clerkId: tenant.clerkId })).toBeNull()
  }, 120_000)
})
