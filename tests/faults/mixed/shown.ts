import { createHash } from 'node:crypto'
import type { Document } from 'mongodb'
import { type Body, type Effect, isAcknowledged, type Ledger, type LoadTenant } from './ledger.ts'
import type { Stored } from './stored.ts'

/** How many of each kind are looked at. */
const SAMPLE = 5

/** What the API shows otherwise than it is stored: the accounts' figures, and some of what was made. */
export async function shownWrong(ledger: Ledger, stored: Stored, url: string): Promise<string[]> {
  const figures = ledger.tenants.map(tenant => figuresWrong(tenant, stored, url))
  const things = LOOKS.flatMap(([kind, isShown]) =>
    newest(ledger, kind).map(async effect => {
      const { clerkId, answers } = effect
      const tenant = ledger.tenants.find(one => one.clerkId === clerkId)
      if (tenant && (await isShown(url, tenant, effect as Shown))) return []
      return [`${kind} ${answers[0]?.id ?? effect.mark}: the API does not show it`]
    }),
  )
  return (await Promise.all([...figures, ...things])).flat()
}

type Shown = Effect<{ sha256?: string }>
type Look = (url: string, tenant: LoadTenant, effect: Shown) => Promise<boolean>

const LOOKS: [string, Look][] = [
  [
    'key',
    async (url, { clerkId }, { answers }) => {
      const response = await fetch(`${url}/api/app/me`, { headers: { 'X-API-Key': answers[0].key } })
      return ((await response.json()) as Body).clerkId === clerkId
    },
  ],
  [
    'chat',
    async (url, { session: headers }, { mark, answers }) => {
      const path = `/api/app/conversations/${answers[0].conversationId}?limit=100`
      const response = await fetch(`${url}${path}`, { headers })
      const { messageCount, messages } = (await response.json()) as Body
      return messageCount > 100 || messages.some(({ content }: Document) => content.includes(mark))
    },
  ],
  [
    'upload',
    async (url, { session: headers }, { sent, answers }) => {
      const response = await fetch(`${url}/api/files/${answers[0].id}/content`, { headers })
      const bytes = Buffer.from(await response.arrayBuffer())
      return createHash('sha256').update(bytes).digest('hex') === sent.sha256
    },
  ],
]

/** The last ones that were acknowledged and are meant to be there still. */
function newest({ effects }: Ledger, kind: string): Effect[] {
  const ended = new Set(effects.flatMap(one => (['revoke', 'delete'].includes(one.kind) ? [one.mark] : [])))
  const made = effects.filter(
    one => one.kind === kind && isAcknowledged(one) && !ended.has(one.answers[0].id),
  )
  return made.slice(-SAMPLE)
}

async function figuresWrong(tenant: LoadTenant, stored: Stored, url: string): Promise<string[]> {
  const { clerkId, session: headers } = tenant
  const response = await fetch(`${url}/api/app/me`, { headers })
  const { usage } = (await response.json()) as Body
  const own = stored.usagecounters.filter(row => row.clerkId === clerkId)
  const sum = (name: string) => own.reduce((all, row) => all + (row[name] ?? 0), 0)
  const live = stored.apikeys.filter(key => key.clerkId === clerkId && key.revokedAt === null)
  const [chatMessages, files, bytes] = ['chatMessages', 'files', 'bytes'].map(sum)
  const should = JSON.stringify({ chatMessages, files, bytes, apiKeys: live.length })
  const is = JSON.stringify(usage)
  return is === should ? [] : [`account ${clerkId}: shows ${is}, stored is ${should}`]
}
