import { Types } from 'mongoose'
import { ChatConversation } from '../../models/chat-conversation.ts'
import { type Answer, call } from '../helpers/call.ts'
import type { Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'

export const CHAT = '/api/ai?provider=openai&action=chat'

export const ask = (tenant: Pick<Tenant, 'call'>, json: object): Promise<Answer> =>
  tenant.call('POST', CHAT, { json })

let visitors = 0
/** A visitor of an address of its own: addresses share allowances. */
export function freshVisitor(): Pick<Tenant, 'call'> {
  visitors += 1
  const ip = `192.0.2.${visitors}`
  return { call: (method, path, options = {}) => call(method, path, { ip, ...options }) }
}

type Sent = {
  model: string
  messages: { role: string; content: string }[]
  temperature?: number
  max_completion_tokens?: number
}

/** What the model was last asked. */
export function lastAsked(): Sent {
  const request = services.openai.requests().findLast(({ path }) => path === '/v1/chat/completions')
  if (!request) throw new Error('the model was not asked')
  return request.body as Sent
}

/** A conversation as it is stored. */
export function storedConversation(id: string) {
  const everyone = { acrossTenants: true }
  return ChatConversation.findOne({ _id: new Types.ObjectId(id) }, null, everyone).lean()
}

export function countConversations(): Promise<number> {
  return ChatConversation.estimatedDocumentCount({ acrossTenants: true })
}
