import type { Contestant } from '../../lib/contestant.ts'
import type { Call } from '../../lib/load.ts'
import type { Stage } from '../../lib/stage.ts'
import type { BenchTenant } from '../../lib/tenants.ts'

const TENANTS = 64
const QUESTION = 'What is the capital of France?'

type Chats = { upstream: Contestant; floor: Contestant; api: Contestant; tenants: BenchTenant[] }

/** A floor and the API, which both ask the same provider. The API has answered once: what it loads is loaded. */
export async function startChats(stage: Stage): Promise<Chats> {
  const upstream = await stage.startFloor('upstream.ts')
  const settings = { OPENAI_BASE_URL: `${upstream.url}/v1`, OPENAI_API_KEY: 'bench' }
  const [floor, api, tenants] = await Promise.all([
    stage.startFloor('chat.ts', settings),
    stage.startApi(settings),
    stage.tenants(TENANTS),
  ])
  await askOnce(api, chatCalls(tenants)[0])
  return { upstream, floor, api, tenants }
}

async function askOnce({ url }: Contestant, call: Call | undefined): Promise<void> {
  const { path = '', method = 'POST', headers = {}, body = '' } = call ?? {}
  const response = await fetch(`${url}${path}`, { method, headers, body })
  if (!response.ok) throw new Error(`a chat was answered ${response.status}: ${await response.text()}`)
  await response.text()
}

type Sender = { Authorization: string }

/** The question of each tenant, in a new conversation each time. */
export function chatCalls(tenants: readonly BenchTenant[], more: object = {}): Call[] {
  const body = { message: QUESTION, ...more }
  return tenants.map(({ headers }) => callOf('/api/ai?provider=openai&action=chat', headers, body))
}

/** The same question in OpenAI's form. */
export function wireCalls(senders: readonly Sender[], more: object = {}, path = '/'): Call[] {
  const messages = [{ role: 'user', content: QUESTION }]
  return senders.map(sender => callOf(path, sender, { model: 'gpt-4o-mini', messages, ...more }))
}

function callOf(path: string, sender: Sender, body: object): Call {
  const headers = { ...sender, 'Content-Type': 'application/json' }
  return { method: 'POST', path, headers, body: JSON.stringify(body) }
}
