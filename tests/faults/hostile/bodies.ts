import { randomUUID } from 'node:crypto'
import type { Contract } from '../../../lib/http/contract.ts'
import { type Answer, expectStatus } from '../../helpers/call.ts'
import { ROWS } from '../../security/rows.ts'
import { type Stage, subjectOf } from './stage.ts'

/** A request that is right as it is. */
export type Base = { path: string; json: unknown }

const QUESTION = 'What does the lighthouse keeper write each night?'
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

/** Bodies with the fields that exclude those of the matrix's own. */
const OTHERS: Record<string, readonly unknown[]> = {
  chat: [{ messages: [{ role: 'user', content: QUESTION }] }, { message: QUESTION }],
  embed: [{ texts: [QUESTION] }],
  describeImage: [{ imageBase64: PIXEL }],
  createChatCompletion: [
    { model: 'gpt-4o-mini', messages: [{ role: 'user', content: QUESTION }] },
    { model: 'gpt-4o-mini', messages: [{ role: 'user', content: [{ type: 'text', text: QUESTION }] }] },
    {
      model: 'gpt-4o-mini',
      messages: [
        {
          role: 'assistant',
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'a', content: 'A ship.' },
      ],
    },
  ],
  recordEvents: [{ events: [{ event: 'page_view' }] }],
}

/** Right requests of a contract with a JSON body, by the matrix's rows and the table above. */
export function basesOf(contract: Contract, stage: Stage): Base[] {
  const subject = subjectOf(contract, stage)
  const rows = ROWS[contract.id] ?? []
  const own = rows.map(({ path, options }) => ({
    path: path(subject),
    json: options?.(subject).json ?? {},
  }))
  const others = (OTHERS[contract.id] ?? []).map(json => ({ path: own[0]?.path ?? contract.path, json }))
  return [...others, ...own]
}

/** The same from a sender who has not written before. */
export function fromSomebodyNew(json: unknown): unknown {
  const hasSender = typeof json === 'object' && json !== null && 'email' in json && 'formType' in json
  return hasSender ? { ...json, email: `${randomUUID()}@example.org` } : json
}

type Reader = {
  /** All that the API tells of what a request stored. */
  read(answer: Answer, stage: Stage, sent: unknown): Promise<unknown>
  /** Fields that are used, or stored where no operation tells them. */
  untold?: readonly string[]
}

const itself = async ({ body }: Answer) => body

/** Where the strings that an operation takes can be read again; null for an operation that keeps none. */
export const READERS: Readonly<Record<string, Reader | null>> = {
  createApiKey: { read: itself },
  updateConversation: { read: itself },
  updateContact: { read: itself },
  updateDemoRequest: { read: itself },
  suspendUser: { read: itself },
  submitForm: {
    async read({ body }, { admin }, sent) {
      const { formType } = sent as { formType: string }
      const list = formType === 'demo' ? 'demo-requests' : 'contacts'
      return body.id ? reading(admin.call('GET', `/api/admin/${list}/${body.id}`)) : null
    },
    untold: ['website', 'captchaToken'],
  },
  submitFeedback: {
    read: (_answer, { admin }) => reading(admin.call('GET', '/api/admin/feedback?limit=3')),
    untold: ['website'],
  },
  recordEvents: {
    async read(_answer, { caller }, sent) {
      const { event, events } = sent as { event?: string; events?: { event: string }[] }
      const name = (event ?? events?.[0]?.event ?? '').trim()
      const query = new URLSearchParams({ event: name })
      const counted = await caller.tenant.call('GET', `/api/analytics?${query}`)
      expectStatus(counted, 200)
      return counted.body.total > 0 ? name : null
    },
  },
  chat: {
    read: ({ body }, { caller }) =>
      reading(caller.tenant.call('GET', `/api/app/conversations/${body.conversationId}`)),
    untold: ['userEmail', 'model', 'system'],
  },
  embed: null,
  describeImage: null,
  searchFiles: null,
  createChatCompletion: null,
  createEmbeddings: null,
  createCheckout: null,
  revokeApiKey: null,
  updateUser: null,
}

async function reading(asked: Promise<Answer>): Promise<unknown> {
  const answer = await asked
  expectStatus(answer, 200)
  return answer.body
}
