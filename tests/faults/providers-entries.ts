import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { speaksOpenAI } from '../../lib/http/openai-error.ts'
import { readCounters } from '../../lib/limits/counters.ts'
import { ChatConversation } from '../../models/chat-conversation.ts'
import type { Misbehaviour } from '../../scripts/local/openai/misbehaviour.ts'
import { type Answer, expectProblem, origin } from '../helpers/call.ts'
import { expectOpenAIError } from '../helpers/openai-error.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'

/** How a request ended: in this problem, or null; what was told until then; what is stored; what it cost. */
export type Ending = {
  code: string | null
  told: string
  stored: { content: string; unfinished: boolean } | null
  used: number
}

/** Nobody waits longer than AI_TIMEOUT_MS; the rest is what a busy machine takes. */
export const AI_TIMEOUT_MS = 3_000
const PATIENCE_MS = 7_500

/** What of a provider must not be told: its own words, its pages, and what a parser says of them. */
const PROVIDERS_OWN =
  /sk-upstream|<html|<h1|gateway<|out of luck|Unexpected (token|end)|not valid JSON|\bat \w+ \(/i

const STATUS: Record<string, number> = { provider_error: 502, provider_timeout: 504 }

type Entry = (tenant: Tenant, word: string) => Promise<{ answer: Answer; told: string; code: string | null }>

const post = (tenant: Tenant, path: string, json: object) => tenant.call('POST', path, { json })
const CHAT = '/api/ai?provider=openai&action=chat'
const COMPLETIONS = '/api/v1/chat/completions'

/** The ways to ask a chat model; the word is what the provider knows the request by. */
export const CHAT_ENTRIES = {
  async chat(tenant, word) {
    const answer = await post(tenant, CHAT, { message: word })
    return { answer, told: answer.body.message?.content ?? '', code: codeOf(answer, CHAT) }
  },
  async 'chat, streamed'(tenant, word) {
    const answer = await post(tenant, CHAT, { message: word, stream: true })
    const events = eventsOf(answer)
    const told = events.flatMap(({ name, data }) => (name === 'delta' ? [data.content] : [])).join('')
    const last = events.at(-1)
    if (last?.name !== 'completed' && last?.name !== 'error') throw new Error('a stream without an end')
    return { answer, told, code: last.name === 'error' ? problemIn(last.data) : null }
  },
  async completion(tenant, word) {
    const answer = await post(tenant, COMPLETIONS, completionOf(word))
    const told = answer.body.choices?.[0].message.content ?? ''
    return { answer, told, code: codeOf(answer, COMPLETIONS) }
  },
  async 'completion, streamed'(tenant, word) {
    const answer = await post(tenant, COMPLETIONS, { ...completionOf(word), stream: true })
    if (answer.status !== 200) return { answer, told: '', code: codeOf(answer, COMPLETIONS) }
    const chunks = eventsOf(answer).map(({ data }) => data)
    const told = chunks.map(({ choices }) => choices?.[0]?.delta.content ?? '').join('')
    const { error } = chunks.find(chunk => chunk.error) ?? {}
    if (error) expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type'])
    else expect(chunks.at(-1)).toBe('[DONE]')
    return { answer, told, code: error?.code ?? null }
  },
  async vision(tenant, word) {
    const path = '/api/ai?provider=openai&action=vision'
    const answer = await post(tenant, path, { imageUrl: 'http://127.0.0.1:9/a.png', prompt: word })
    return { answer, told: answer.body.description ?? '', code: codeOf(answer, path) }
  },
} satisfies Record<string, Entry>

/** The ways to ask for embeddings. */
export const EMBEDDING_ENTRIES = {
  embed: asking('/api/ai?provider=openai&action=embed', word => ({ text: word })),
  embeddings: asking('/api/v1/embeddings', word => ({ model: 'e', input: word })),
  'embeddings in base64': asking('/api/v1/embeddings', word => ({
    model: 'e',
    input: [word],
    encoding_format: 'base64',
  })),
  search: asking('/api/files/search', word => ({ query: word })),
  'chat about files': asking(CHAT, word => ({ message: word, knowledge: true })),
  'completion about files': asking(COMPLETIONS, word => ({ ...completionOf(word), model: 'knowledge/m' })),
} satisfies Record<string, Entry>

export type EntryName = keyof typeof CHAT_ENTRIES | keyof typeof EMBEDDING_ENTRIES
const ENTRIES: Record<EntryName, Entry> = { ...CHAT_ENTRIES, ...EMBEDDING_ENTRIES }

const begun = new Map<string, Promise<Ending>>()

/** Loads what the first request of each kind takes long for, then begins all that is mostly waiting. */
export async function prepare(cases: readonly (readonly [Misbehaviour, EntryName, ...unknown[]])[]) {
  const tenant = await freshTenant()
  for (const name of new Set(cases.map(([, one]) => one))) await ENTRIES[name](tenant, 'Hello')
  for (const [how, name] of cases.filter(([one]) => /silent|comments/.test(one))) {
    const ending = ask(name, how)
    ending.catch(() => {})
    begun.set(how + name, ending)
  }
}

/** How it ends to ask as a tenant of its own while the provider misbehaves. */
export function endingOf(name: EntryName, how: Misbehaviour): Promise<Ending> {
  return begun.get(how + name) ?? ask(name, how)
}

async function ask(name: EntryName, how: Misbehaviour): Promise<Ending> {
  const tenant = await freshTenant()
  const word = `word-${randomUUID()}`
  services.openai.misbehaveFor(word, how)
  const start = performance.now()
  const { answer, told, code } = await ENTRIES[name](tenant, word)
  expect(performance.now() - start, 'it was waited for too long').toBeLessThan(PATIENCE_MS)
  expect(JSON.stringify([answer.body, [...answer.headers]]).slice(0, 10_000)).not.toMatch(PROVIDERS_OWN)
  return {
    code,
    told,
    stored: await storedBy(tenant),
    used: (await readCounters(tenant.clerkId)).chatMessages,
  }
}

function asking(path: string, bodyOf: (word: string) => object): Entry {
  return async (tenant, word) => {
    const answer = await post(tenant, path, bodyOf(word))
    return { answer, told: '', code: codeOf(answer, path) }
  }
}

function completionOf(word: string) {
  return { model: 'm', messages: [{ role: 'user', content: word }] }
}

/** The code of the problem that an answer is, in the form of its path; null of a 200. */
function codeOf(answer: Answer, path: string): string | null {
  if (answer.status === 200) return null
  const { pathname } = new URL(path, origin)
  if (!speaksOpenAI(pathname)) {
    expectProblem(answer, STATUS[answer.body.code] ?? 0, answer.body.code)
    return answer.body.code
  }
  const { code } = answer.body.error
  expectOpenAIError(answer, STATUS[code] ?? 0, { type: 'server_error', code })
  return code
}

function problemIn(data: Answer['body']): string {
  expect(data).toMatchObject({
    status: STATUS[data.code],
    title: expect.any(String),
    detail: expect.any(String),
  })
  return data.code
}

function eventsOf({ body }: Answer) {
  const blocks = String(body)
    .split('\n\n')
    .filter(block => block !== '' && !block.startsWith(':'))
  return blocks.map(block => {
    const [, name] = /^event: (.*)$/m.exec(block) ?? []
    const [, data = ''] = /^data: (.*)$/m.exec(block) ?? []
    return { name, data: data === '[DONE]' ? data : JSON.parse(data) }
  })
}

/** The answer in the tenant's conversation, if there is one. */
async function storedBy({ clerkId }: Tenant): Promise<Ending['stored']> {
  const found = await ChatConversation.find({ clerkId }).lean()
  expect(found.length).toBeLessThan(2)
  const [conversation] = found
  if (!conversation) return null
  expect(conversation.messageCount).toBe(2)
  const { content, unfinished } = conversation.messages[1] ?? {}
  return { content: content ?? '', unfinished: unfinished ?? false }
}
