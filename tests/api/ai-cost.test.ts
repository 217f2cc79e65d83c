import { randomUUID } from 'node:crypto'
import type { CommandStartedEvent } from 'mongodb'
import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { beginRunning } from '../../lib/chat/internal/running.ts'
import { connect } from '../../lib/db/connect.ts'
import { type CallOptions, call, expectStatus } from '../helpers/call.ts'
import { commandsOf } from '../helpers/commands.ts'
import { freshTenant, type Headers } from '../helpers/tenant.ts'
import { background } from '../setup/file.ts'
import { services } from '../setup/services.ts'
import { CHAT } from './ai-chat.ts'

const COMPLETIONS = '/api/v1/chat/completions'
const QUIET = new Set(['endSessions', 'hello', 'ping'])
const message = 'Say it in 2 words'
const wire = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: message }] }

type Cost = { before: string[]; after: string[]; running: string[] }

/**
 * What a request costs in commands before the provider is asked and from then on, with what it leaves to the
 * background. What makes a stream known to others is told apart: only one that takes its time costs it.
 */
async function costOf(path: string, options: CallOptions): Promise<Cost> {
  await background.drain()
  const client = (await connect()).getClient()
  const asked = services.openai.requests().length
  const cost: Cost = { before: [], after: [], running: [] }
  const note = ({ commandName, command }: CommandStartedEvent) => {
    if (QUIET.has(commandName)) return
    const name = `${commandName} ${command[commandName]}`
    const phase = services.openai.requests().length === asked ? 'before' : 'after'
    cost[name.endsWith('runninganswers') ? 'running' : phase].push(name)
  }
  client.on('commandStarted', note)
  try {
    expectStatus(await call('POST', path, options), 200)
    await background.drain()
  } finally {
    client.off('commandStarted', note)
  }
  return { ...cost, after: cost.after.toSorted() }
}

/** A tenant's server whose key was used just now, and a conversation of its. */
async function begun(): Promise<{ headers: Headers; conversationId: string }> {
  const { headers } = await (await freshTenant()).newKey()
  const { body } = await call('POST', CHAT, { headers, json: { message } })
  return { headers, conversationId: body.conversationId }
}

const IDENTIFY = 'aggregate apikeys'
const RESERVE = 'update usagecounters'
const OPEN = 'find chatconversations'
const LOG = 'insert usagelogs'

describe.each([
  ['an answer at once', false],
  ['a streamed answer', true],
])('%s', (_name, stream) => {
  it('in a new conversation costs two commands before the provider is asked and two after', async () => {
    const { headers } = await begun()
    const { before, after } = await costOf(CHAT, { headers, json: { message, stream } })
    expect(before).toEqual([IDENTIFY, RESERVE])
    expect(after).toEqual(['insert chatconversations', LOG])
  })

  it('that goes on in a conversation costs three before and two after', async () => {
    const { headers, conversationId } = await begun()
    const { before, after } = await costOf(CHAT, { headers, json: { message, conversationId, stream } })
    expect(before).toEqual([IDENTIFY, OPEN, RESERVE])
    expect(after).toEqual(['findAndModify chatconversations', LOG])
  })

  it('with an Idempotency-Key costs four before, and two more after: what its retries find', async () => {
    const { headers } = await begun()
    const keyed = { ...headers, 'Idempotency-Key': randomUUID() }
    const { before, after } = await costOf(CHAT, { headers: keyed, json: { message, stream } })
    expect(before).toEqual([IDENTIFY, 'insert idempotencyrecords', OPEN, RESERVE])
    expect(after).toEqual(['insert chatconversations', LOG, 'update idempotencyrecords', RESERVE])
  })

  it('in the form of OpenAI costs two before and one after', async () => {
    const { headers } = await begun()
    const { before, after } = await costOf(COMPLETIONS, { headers, json: { ...wire, stream } })
    expect(before).toEqual([IDENTIFY, RESERVE])
    expect(after).toEqual([LOG])
  })
})

describe('an answer at once', () => {
  it('never is made known to others', async () => {
    const { headers } = await begun()
    const { running } = await costOf(CHAT, { headers, json: { message } })
    expect(running).toEqual([])
  })
})

describe('a streamed answer of a tenant', () => {
  const place = () => {
    const conversationId = new Types.ObjectId().toHexString()
    return { conversationId, sessionId: 'a session', clerkId: `user_${randomUUID()}` }
  }

  it('that ends soon costs no command to be stoppable', async () => {
    const commands = await commandsOf(async () => {
      const running = await beginRunning(place())
      running.end()
      await background.drain()
    })
    expect(commands).toEqual([])
  })

  it('that takes its time costs one to be known, and one to be forgotten', async () => {
    const { headers } = await begun()
    const json = { message: 'Tell me 40 words', stream: true }
    const { before, after, running } = await costOf(CHAT, { headers, json })
    expect(before).toEqual([IDENTIFY, RESERVE])
    expect(after).toEqual(['insert chatconversations', LOG])
    const writes = running.filter(command => !command.startsWith('find'))
    expect(writes).toEqual(['insert runninganswers', 'delete runninganswers'])
  })
})
