import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Part } from '../lib/part.ts'
import { openMeter } from './costs/meter.ts'
import { requestKinds, type Sent, upload } from './costs/requests.ts'

const WARMING = 3
/** So many of each kind, one after the other. */
const COUNT = 50
const INGESTION_MS = 3_000

/** What one request of each kind asks of the database and sends to its client: what a million of them cost. */
export const costs: Part = {
  name: 'costs',
  about: `database commands and bytes per request, of ${COUNT} sent one after the other`,
  async run(stage, { note }) {
    const [tenant] = await stage.tenants(1)
    if (!tenant) throw new Error('no tenant')
    const { url, cpuMs } = await stage.startApi({ TRUST_PROXY: '1' })
    const text = Buffer.from('A refund is possible within 30 days. '.repeat(100))
    await send(url, upload('refunds.txt', text, tenant))
    await sleep(INGESTION_MS)
    const binary = await send(url, upload('costs.bin', Buffer.alloc(1024 * 1024, '\0'), tenant))
    const kinds = await requestKinds(stage, tenant, idIn(binary))
    const measure = await openMeter((await stage.client()).db('bench'))
    const rows: (string | number)[][] = []
    for (const [kind, make] of Object.entries(kinds)) {
      for (let sent = 0; sent < WARMING; sent++) await send(url, make())
      let received = 0
      const before = await cpuMs()
      const { commands, bytesIn, bytesOut } = await measure(async () => {
        for (let sent = 0; sent < COUNT; sent++) received += (await send(url, make())).bytes
      })
      const cpu = (await cpuMs()) - before
      const total = [...commands.values()].reduce((sum, count) => sum + count, 0)
      const named = Array.from(commands, ([name, count]) => `${name} ${count / COUNT}`).join(', ')
      rows.push([
        kind,
        total / COUNT,
        named,
        cpu / COUNT,
        bytesIn / COUNT,
        bytesOut / COUNT,
        received / COUNT,
      ])
      note(kind)
    }
    return { tables: [{ title: 'Per request', columns: COLUMNS, rows }], targets: [] }
  },
}

const COLUMNS = [
  'request',
  'commands',
  'of which',
  'CPU ms of the API',
  'bytes to MongoDB',
  'bytes from MongoDB',
  'bytes to the client',
]

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** Bytes are all that the answer took on its connection, its head included. */
async function send(
  url: string,
  { path, method = 'GET', headers = {}, body = '' }: Sent,
): Promise<{ bytes: number; text: string }> {
  const sent = request(`${url}${path}`, {
    method,
    agent,
    headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
  })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject)
  })
  sent.end(body)
  const response = await answered
  const { socket, statusCode = 0 } = response
  const before = counted.get(socket) ?? 0
  const text = (await response.toArray()).join('')
  counted.set(socket, socket.bytesRead)
  if (statusCode < 200 || statusCode > 299)
    throw new Error(`${method} ${path} answered ${statusCode}: ${text}`)
  return { bytes: socket.bytesRead - before, text }
}

const counted = new WeakMap<object, number>()

function idIn({ text }: { text: string }): string {
  return (JSON.parse(text) as { id: string }).id
}
