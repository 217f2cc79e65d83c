import type { Db, Document } from 'mongodb'
import { declaredModels } from '../../../lib/db/define-model.ts'
import { User } from '../../../models/user.ts'
import type { Stage } from '../../lib/stage.ts'
import { buildIndexes } from './fill.ts'
import { cursorAfter, type Question } from './questions.ts'
import type { Askers } from './seeds.ts'
import { knownConversation } from './subjects/chat.ts'

/** The API on a database of its own, in which people are known who ask. */
export type Place = {
  db: Db
  /** Asks once; resolves to how long it took, in ms. @throws Error for an answer that is none of 2xx */
  ask(question: Question): Promise<number>
}

/** Those who ask, known in each place by the same credentials. */
export type People = {
  askers: Askers
  headersOf(question: Question): Promise<Record<string, string>>
  /** What is stored of them, by collection. */
  stored: Record<string, Document[]>
}

/** A tenant that will have much, one that will not, and an admin. */
export async function inviteTo(stage: Stage): Promise<People> {
  const [largest, small, admin] = await stage.tenants(3)
  if (!largest || !small || !admin) throw new Error('three tenants are needed')
  const clerk = stage.services.clerk
  if (!clerk) throw new Error('the sessions are of a stand-in')
  await User.updateOne({ clerkId: admin.clerkId }, { $set: { role: 'admin' } })
  const clerkIds = { $in: [largest, small, admin].map(({ clerkId }) => clerkId) }
  const db = (await stage.client()).db('bench')
  const stored: Record<string, Document[]> = {
    chatconversations: [knownConversation({ largest: largest.clerkId, small: small.clerkId })],
  }
  for (const name of ['users', 'apikeys'])
    stored[name] = await db.collection(name).find({ clerkId: clerkIds }).toArray()
  const people = { admin, largest, small }
  return {
    askers: { largest: largest.clerkId, small: small.clerkId },
    stored,
    async headersOf({ as, needsSession, headers }) {
      if (as === 'cron') return { Authorization: `Bearer ${stage.services.cronSecret}` }
      const { clerkId, headers: key } = people[as]
      const session = as === 'admin' || needsSession
      const shown = session ? { Authorization: `Bearer ${await clerk.sessionToken(clerkId)}` } : key
      return { ...shown, ...headers?.() }
    },
  }
}

export async function openPlace(stage: Stage, name: string, people: People): Promise<Place> {
  const db = (await stage.client()).db(name)
  for (const [collection, documents] of Object.entries(people.stored))
    await db.collection(collection).insertMany(documents)
  for (const model of declaredModels.values()) await buildIndexes(db, model)
  const api = await stage.startApi({ MONGODB_URI: stage.uriOf(name) })
  return {
    db,
    async ask(question) {
      const { path, method = 'GET', body, isEndless = false } = question
      const headers = await people.headersOf(question)
      const sent = body && { body: JSON.stringify(body) }
      const type = body && { 'Content-Type': 'application/json' }
      const begun = performance.now()
      const response = await fetch(api.url + path, { method, headers: { ...headers, ...type }, ...sent })
      if (isEndless) await firstPieceOf(response)
      else await response.arrayBuffer()
      const took = performance.now() - begun
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`)
      return took
    },
  }
}

async function firstPieceOf({ body }: Response): Promise<void> {
  const reader = body?.getReader()
  await reader?.read()
  await reader?.cancel()
}

/** The question with the cursor that it asks for in this place. */
export async function begunIn({ db }: Place, collection: string, question: Question): Promise<Question> {
  const { from, path } = question
  if (!from) return question
  const { filter, sort, by } = from
  const found = db.collection(collection).find<Parameters<typeof cursorAfter>[0]>(filter).sort(sort)
  const half = Math.floor((await db.collection(collection).countDocuments(filter)) / 2)
  const middle = await found.skip(half).limit(1).next()
  if (!middle) throw new Error(`nothing to begin ${path} from`)
  return { ...question, path: `${path}${path.includes('?') ? '&' : '?'}cursor=${cursorAfter(middle, by)}` }
}
