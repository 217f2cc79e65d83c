import { createHash, timingSafeEqual } from 'node:crypto'
import { Agent, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { MongoClient } from 'mongodb'
import { serve } from './serve.ts'

/**
 * The least that passes a chat on for who has a key: one indexed read and a SHA-256, the question to the provider,
 * its answer as it comes; then the conversation and a row of usage, both at majority.
 */
const client = await MongoClient.connect(process.env.MONGODB_URI ?? '', {
  maxPoolSize: 20,
  minPoolSize: 1,
  writeConcern: { w: 'majority' },
})
type Key = { prefix: string; sha256: Buffer; tenant: string }
const keys = client.db().collection<Key>('apikeys')
const conversations = client.db().collection('conversations')
const usages = client.db().collection('usagelogs')
const provider = new URL(`${process.env.OPENAI_BASE_URL}/chat/completions`)
const agent = new Agent({ keepAlive: true, maxSockets: 256 })

type Chat = { model: string; stream?: boolean; messages: object[] }
type Usage = { prompt_tokens: number; completion_tokens: number }
type Told = { text: string; usage: Usage | undefined }

await serve((request, response) => {
  // Whoever leaves early leaves nothing behind.
  answer(request, response).catch(() => response.destroy())
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const begun = performance.now()
  const secret = request.headers.authorization?.replace('Bearer ', '') ?? ''
  const key = await keys.findOne({ prefix: secret.slice(0, 20) }, { promoteBuffers: true })
  if (!key || !timingSafeEqual(createHash('sha256').update(secret).digest(), key.sha256)) {
    response.writeHead(401).end()
    return
  }
  const text = await read(request)
  const chat = JSON.parse(text) as Chat
  const given = await ask(text)
  const type = chat.stream ? 'text/event-stream' : 'application/json'
  let told: Told
  if (chat.stream) {
    response.writeHead(200, { 'Content-Type': type })
    told = await tell(given, piece => response.write(piece))
    response.end()
  } else {
    const body = await read(given)
    const { choices, usage } = JSON.parse(body)
    told = { text: choices[0].message.content, usage }
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body)
  }
  await store(key, chat, told, performance.now() - begun)
}

function ask(body: string): Promise<IncomingMessage> {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  const answered = Promise.withResolvers<IncomingMessage>()
  send(provider, { method: 'POST', agent, headers }, answered.resolve).on('error', answered.reject).end(body)
  return answered.promise
}

/** Passes each piece on at once, and reads what it says. */
async function tell(answer: IncomingMessage, pass: (piece: string) => void): Promise<Told> {
  answer.setEncoding('utf8')
  const told: Told = { text: '', usage: undefined }
  let rest = ''
  for await (const piece of answer) {
    pass(piece)
    const events: string[] = (rest + piece).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      if (!event.startsWith('data: {')) continue
      const { choices, usage } = JSON.parse(event.slice('data: '.length))
      told.text += choices[0]?.delta?.content ?? ''
      told.usage = usage ?? told.usage
    }
  }
  return told
}

async function store({ tenant }: Key, { messages, model }: Chat, { text, usage }: Told, ms: number) {
  const at = new Date()
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage ?? {}
  await Promise.all([
    conversations.insertOne({
      tenant,
      messages: [...messages, { role: 'assistant', content: text }],
      createdAt: at,
    }),
    usages.insertOne({ tenant, model, promptTokens, completionTokens, ms, at }),
  ])
}

async function read(stream: IncomingMessage): Promise<string> {
  stream.setEncoding('utf8')
  let text = ''
  for await (const piece of stream) text += piece
  return text
}
