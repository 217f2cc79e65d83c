import { randomUUID } from 'node:crypto'
import type { Db } from 'mongodb'
import { atMost, type Options, type Result } from '../../lib/part.ts'
import type { Stage } from '../../lib/stage.ts'
import { alternating } from './alternating.ts'

const BOUND = 1.3
const SHORT_MESSAGES = 10
const LONG_MESSAGES = 20_000
/** As many as a bucket has mostly: what is moved once a conversation's own document holds a hundred. */
const PER_BUCKET = 50
const ASKED_PER_ROUND = 15
const QUESTION = 'How do I find what was said before in a conversation that is very long? '.repeat(3)

type Chat = (sessionId: string, headers?: Record<string, string>) => Promise<number>

/** A question and its answer are added to a conversation of ten messages and to one of twenty thousand. */
export async function compareAppends(stage: Stage, { rounds, note }: Options): Promise<Result> {
  const [tenant] = await stage.tenants(1)
  if (!tenant) throw new Error('no tenant')
  const api = await stage.startApi()
  const chat: Chat = async (sessionId, headers = {}) => {
    const body = JSON.stringify({ message: QUESTION, sessionId })
    const sent = { ...tenant.headers, 'Content-Type': 'application/json', ...headers }
    const begun = performance.now()
    const response = await fetch(`${api.url}/api/ai?provider=openai&action=chat`, {
      method: 'POST',
      headers: sent,
      body,
    })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`chat answered ${response.status}`)
    return performance.now() - begun
  }
  const times = rounds * ASKED_PER_ROUND
  await talk(chat, 'long', 2 * PER_BUCKET)
  await lengthen((await stage.client()).db('bench'), tenant.clerkId)
  const rows: (string | number)[][] = []
  const targets = []
  const kinds = [
    ['append', 'growth-append', () => ({})],
    ['append, with an Idempotency-Key', 'growth-append-keyed', newKey],
  ] as const
  for (const [about, target, headers] of kinds) {
    let asked = 0
    const askShort = async () => {
      const session = `${target}-${asked++}`
      await talk(chat, session, SHORT_MESSAGES)
      return chat(session, headers())
    }
    const [shortMs, longMs] = await alternating(askShort, () => chat('long', headers()), {
      times,
      bound: BOUND,
    })
    rows.push([about, shortMs, longMs, longMs / shortMs])
    targets.push(atMost(BOUND, target, longMs / shortMs, `x at message ${SHORT_MESSAGES}`))
    note(`${about} measured`)
  }
  const columns = ['what', `ms at ${SHORT_MESSAGES}`, `ms at ${LONG_MESSAGES.toLocaleString('en')}`, 'x']
  return { tables: [{ title: 'A chat by the messages of its conversation', columns, rows }], targets }
}

const newKey = () => ({ 'Idempotency-Key': randomUUID() })

async function talk(chat: Chat, sessionId: string, messages: number): Promise<void> {
  for (let said = 0; said < messages; said += 2) await chat(sessionId)
}

/** Puts buckets of messages behind those that the conversation holds, as many as it would have spilled by then. */
async function lengthen(db: Db, clerkId: string): Promise<void> {
  const conversations = db.collection('chatconversations')
  const found = await conversations.findOne({ clerkId, sessionId: 'long' })
  if (!found) throw new Error('nothing to lengthen')
  const { _id: conversation, messages, spilledCount = 0, messageCount } = found
  const before = new Date(messages[0].timestamp.getTime() - 1)
  const said = Array.from({ length: PER_BUCKET }, (_, index) => ({
    ...messages[index % 2],
    timestamp: before,
  }))
  const buckets = []
  for (let from = spilledCount; from < LONG_MESSAGES; from += PER_BUCKET)
    buckets.push({ conversation, clerkId, from, messages: said, createdAt: before })
  await db.collection('chatbuckets').insertMany(buckets)
  const added = buckets.length * PER_BUCKET
  const grown = {
    spilledCount: spilledCount + added,
    messageCount: messageCount + added,
    spilledUntil: before,
  }
  await conversations.updateOne({ _id: conversation }, { $set: grown })
}
