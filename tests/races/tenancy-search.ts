import { expect, it } from 'vitest'
import { embed } from '../../scripts/local/openai/vectors.ts'
import { freshVisitor } from '../api/ai-chat.ts'
import { type Answer, expectStatus } from '../helpers/call.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { dot, seeded } from '../helpers/vectors.ts'
import { storeFile } from '../lib/knowledge/stored-passages.ts'

const TENANTS = 50
const AT_ONCE = 8
/** Of so many requests one is a chat, and one a visitor's. */
const CHAT_EVERY = 20
const VISIT_EVERY = 150

/** The same for every tenant, and shared as well. */
const TEXTS = [
  'Bees dance to tell where flowers grow, and keep honey for the winter.',
  'A suspension bridge hangs from steel cables between its towers.',
  'Sourdough needs flour, water, patience and a hot oven.',
  'A sailing boat tacks against the wind while its keel keeps it upright.',
  'The harbour master counts the boats and the bridges every winter.',
  'Honey and flour make a bread that keeps for weeks.',
]
const VECTORS = TEXTS.map(text => embed(text, 1536))
const WORDS = [
  ...new Set(
    TEXTS.join(' ')
      .toLowerCase()
      .match(/[a-z]{4,}/g),
  ),
]

type Owner = { tenant: Pick<Tenant, 'call'>; fileIds: string[] }
type Found = { fileId: string; chunk: number; score: number; text?: string; excerpt?: string }

/** Many tenants hold the same texts, and search at once: each finds its own passages and the shared ones. */
export function tenancyCases(asked: number): void {
  it(`${TENANTS} tenants with identical texts never see a foreign passage in ${asked} searches and chats`, async () => {
    const random = seeded(29)
    const store = (clerkId: string | null) => storeFile(clerkId, VECTORS, { textOf: at => TEXTS[at] ?? '' })
    const shared = [(await store(null)).fileId, (await store(null)).fileId]
    const owners: Owner[] = []
    for (let made = 0; made < TENANTS; made++) {
      const tenant = await freshTenant()
      owners.push({
        tenant,
        fileIds: [(await store(tenant.clerkId)).fileId, (await store(tenant.clerkId)).fileId],
      })
    }
    const pick = <T>(list: T[]): T => list[random() % list.length] as T
    const all = [...shared, ...owners.flatMap(({ fileIds }) => fileIds)]

    async function askOnce(count: number): Promise<void> {
      const isVisit = count % VISIT_EVERY === 0
      const { tenant, fileIds } = isVisit ? { tenant: freshVisitor(), fileIds: [] } : pick(owners)
      const query = [pick(WORDS), pick(WORDS), pick(WORDS)].join(' ')
      const topK = 1 + (random() % 20)
      const named =
        random() % 3 === 0 ? [...new Set([pick(all), pick(all), pick(fileIds), pick(shared)])] : undefined
      const wanted = { topK, ...(named && { fileIds: named.filter(id => id !== undefined) }) }
      const readable = [...fileIds, ...shared].filter(id => !named || named.includes(id))
      const isChat = isVisit || count % CHAT_EVERY === 0
      const found = isChat ? await cited(tenant, query, wanted) : await searched(tenant, query, wanted)
      const expected = bruteForce(readable, query, topK, isChat ? 0.05 : -1)
      const seen = found.map(({ fileId, chunk, score }) => ({ fileId, chunk, score }))
      expect(seen).toEqual(expected)
      for (const { chunk, text, excerpt } of found) expect(text ?? excerpt).toBe(TEXTS[chunk])
    }

    let next = 0
    const askOn = async () => {
      while (next < asked) await askOnce(++next)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, askOn))
  }, 180_000)
}

async function searched(tenant: Owner['tenant'], query: string, wanted: object): Promise<Found[]> {
  const answer = await tenant.call('POST', '/api/files/search', { json: { query, ...wanted } })
  expectStatus(answer, 200)
  return answer.body.data
}

async function cited(tenant: Owner['tenant'], message: string, knowledge: object): Promise<Found[]> {
  const json = { message, knowledge }
  const answer: Answer = await tenant.call('POST', '/api/ai?provider=openai&action=chat', { json })
  expectStatus(answer, 200)
  return answer.body.citations
}

function bruteForce(fileIds: string[], query: string, topK: number, minScore: number) {
  const vector = embed(query, 1536)
  return fileIds
    .flatMap(fileId => VECTORS.map((other, chunk) => ({ fileId, chunk, score: dot(vector, other) })))
    .filter(({ score }) => score >= minScore)
    .toSorted(
      (a, b) => b.score - a.score || (a.fileId < b.fileId ? -1 : a.fileId > b.fileId ? 1 : a.chunk - b.chunk),
    )
    .slice(0, topK)
}
