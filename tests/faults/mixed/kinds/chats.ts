import type { Document } from 'mongodb'
import { pick } from '../../../lib/billing/histories.ts'
import type { Hand } from '../hand.ts'
import { countedWrong, groupBy, type Kind } from '../kind.ts'
import { type Effect, isAcknowledged } from '../ledger.ts'

const MOST_CONVERSATIONS = 20
const MARKS = /m[0-9a-f]{32}/g

type Asked = { conversationId: string | null }

async function say(hand: Hand, stream: boolean): Promise<void> {
  const { conversations, session } = hand.tenant
  const isKeyed = hand.chance(0.5)
  const conversationId = conversations.length > 0 && hand.chance(0.7) ? pick(hand.next, conversations) : null
  const effect = hand.begin<Asked>({ kind: stream ? 'stream' : 'chat', sent: { conversationId } })
  const json = { message: `About ${effect.mark}`, stream, ...(conversationId && { conversationId }) }
  const headers = { ...session, ...(isKeyed && { 'Idempotency-Key': effect.mark }) }
  const ask = { method: 'POST', path: '/api/ai?provider=openai&action=chat', headers, json, again: isKeyed }
  const { body } = await hand.send(effect, ask)
  if (!isAcknowledged(effect)) return
  if (isKeyed && hand.chance(0.2)) await hand.send(effect, ask)
  if (!conversationId && conversations.length < MOST_CONVERSATIONS) conversations.push(body.conversationId)
}

/** Questions to the model, in conversations that several write to at once. Their mark stands in the question. */
export const chats: Kind = {
  act: hand => say(hand, false),
  check(effects, { chatconversations, chatbuckets, usagecounters }) {
    const buckets = groupBy(chatbuckets, ({ conversation }) => String(conversation))
    const all = chatconversations.map(conversation => {
      const spilled = buckets.get(String(conversation._id)) ?? []
      return {
        conversation,
        spilled,
        messages: [...spilled, conversation].flatMap(({ messages }) => messages),
      }
    })
    const exchanges = groupBy(all.flatMap(exchangesIn), ({ mark }) => mark)
    return [
      ...all.flatMap(countsWrong),
      ...effects.flatMap(effect => exchangeWrong(effect, exchanges.get(effect.mark) ?? [])),
      ...quotaWrong(effects, all, usagecounters),
    ]
  },
}

/** The same, told piece by piece. */
export const streams: Kind = { act: hand => say(hand, true), check: () => [] }

type Whole = { conversation: Document; spilled: Document[]; messages: Document[] }
type Exchange = { mark: string; conversationId: string; asked: Document[]; answered: Document[] }

/** What a conversation holds about each mark. */
function exchangesIn({ conversation, messages }: Whole): Exchange[] {
  const conversationId = String(conversation._id)
  const byMark = groupBy(messages, ({ content }) => content.match(MARKS)?.[0])
  return [...byMark].map(([mark, about]) => ({
    mark,
    conversationId,
    asked: about.filter(({ role }) => role === 'user'),
    answered: about.filter(({ role }) => role === 'assistant'),
  }))
}

function exchangeWrong(effect: Effect, found: Exchange[]): string[] {
  const { kind, mark, answers } = effect
  const name = `${kind} ${mark}`
  const asked = found.flatMap(exchange => exchange.asked)
  const answered = found.flatMap(exchange => exchange.answered)
  const told = new Set(answers.map(({ message }) => message.content))
  const places = new Set([...answers, ...found].map(({ conversationId }) => conversationId))
  return [
    ...countedWrong(effect, asked.length, 'question'),
    ...(asked.length === answered.length
      ? []
      : [`${name}: ${asked.length} asked, ${answered.length} answered`]),
    ...(places.size > 1 ? [`${name}: in conversations ${[...places]}`] : []),
    ...[...told]
      .filter(text => !answered.some(({ content }) => content === text))
      .map(() => `${name}: told otherwise`),
  ]
}

function countsWrong({ conversation, spilled, messages }: Whole): string[] {
  const { _id, messageCount, heldCount, spilledCount, lastMessageAt } = conversation
  const held = conversation.messages.length
  const inBuckets = spilled.reduce((sum, bucket) => sum + bucket.messages.length, 0)
  const counts = { messageCount, heldCount, spilledCount, lastMessageAt: lastMessageAt.getTime() }
  const last = Math.max(...messages.map(({ timestamp }) => timestamp.getTime()))
  const wanted = {
    messageCount: held + inBuckets,
    heldCount: held,
    spilledCount: inBuckets,
    lastMessageAt: last,
  }
  const [is, should] = [JSON.stringify(counts), JSON.stringify(wanted)]
  return is === should ? [] : [`conversation ${_id}: counts ${is}, holds ${should}`]
}

/** A message of the quota is used by each answer that is stored, and by nothing else. */
function quotaWrong(effects: Effect[], all: Whole[], counters: Document[]): string[] {
  const tenants = new Set(effects.map(({ clerkId }) => clerkId))
  return [...tenants].flatMap(clerkId => {
    const own = all.filter(({ conversation }) => conversation.clerkId === clerkId)
    const stored = own.flatMap(({ messages }) => messages).filter(({ role }) => role === 'assistant').length
    const months = counters.filter(counter => counter.clerkId === clerkId && counter.period !== 'total')
    const used = months.reduce((sum, { chatMessages }) => sum + chatMessages, 0)
    const open = months.flatMap(({ takenBy = [] }) => takenBy)
    return [
      ...(used === stored ? [] : [`quota ${clerkId}: ${used} chat messages used, ${stored} answers stored`]),
      ...(open.length === 0 ? [] : [`quota ${clerkId}: ${open.length} units are under way still`]),
    ]
  })
}
