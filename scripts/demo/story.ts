import { createHash, randomUUID } from 'node:crypto'
import type { DevInfo } from '../dev/dev-file.ts'
import { signSessionToken } from '../local/clerk/tokens.ts'
import { clerkDelivery, clerkUserData } from '../local/clerk/webhooks.ts'
import { polarSubscription } from '../local/polar/payloads.ts'
import { polarDelivery } from '../local/polar/webhooks.ts'
import { clientOf, expectStatus, expectThat, type Send, until } from './client.ts'
import { heading, kept, quote } from './terminal.ts'

type Setting = DevInfo & { clerk: NonNullable<DevInfo['clerk']>; polar: NonNullable<DevInfo['polar']> }

const HANDBOOK = `# Handbook of the Lyon warehouse

The warehouse opens at seven in the morning and closes at eight in the evening.
Deliveries go to gate four. Visitors register at the front desk first.

## Returns

A customer may return a parcel within thirty days. The refund arrives within five working days.
`
const QUESTION = 'Within how many days may a customer return a parcel?'

/** The product's main story over real HTTP, told step by step. @throws Error at the first promise not kept. */
export async function tellStory(setting: Setting): Promise<void> {
  const clerkId = `user_${randomUUID().replaceAll('-', '')}`
  const anybody = clientOf(setting.url)
  heading('1. Somebody signs up')
  const user = await signUp(setting, anybody, clerkId)
  heading('2. Their server gets a key')
  const server = await makeKey(setting.url, user)
  heading('3. They upload what they know')
  const fileId = await upload(server)
  heading('4. They ask, and the answer says where it is from')
  await ask(server, fileId)
  heading('5. They see what they used')
  await readUsage(server)
  heading('6. They pay, and their plan grows')
  await subscribe(setting, anybody, server, clerkId)
  heading('7. They tidy up')
  await tidyUp(user, server, fileId)
}

async function signUp({ url, clerk }: Setting, anybody: Send, clerkId: string): Promise<Send> {
  const health = expectStatus(await anybody('GET', '/api/health'), 200, 'health')
  kept(`The service is up (version ${health.version}, database answers in ${health.database.latencyMs} ms).`)
  const profile = { id: clerkId, email: `${clerkId}@example.com`, firstName: 'Ada', lastName: 'Martin' }
  const event = { type: 'user.created', data: clerkUserData(profile) }
  const { headers, body } = clerkDelivery(clerk.webhookSecret, event)
  const received = expectStatus(
    await anybody('POST', '/api/webhooks/clerk', { headers, body }),
    200,
    'Clerk webhook',
  )
  expectThat(received.outcome === 'created', 'a signed webhook creates the user')
  kept('Clerk’s signed webhook created the user.')
  const forged = await anybody('POST', '/api/webhooks/clerk', { headers, body: body.replace('Ada', 'Eve') })
  expectStatus(forged, 401, 'a forged webhook')
  kept('The same webhook with one word changed is refused.')
  const { jwtPrivateKey: privateKey, kid, issuer, azp } = clerk
  const user = clientOf(url, await signSessionToken({ privateKey, kid, issuer, azp, clerkId }))
  const me = expectStatus(await user('GET', '/api/app/me'), 200, 'me')
  expectThat(me.plan === 'starter' && me.firstName === 'Ada', 'a new user is on the starter plan')
  kept(`Signed in as ${me.firstName} ${me.lastName}, on the ${me.plan} plan.`)
  return user
}

async function makeKey(url: string, user: Send): Promise<Send> {
  const created = expectStatus(
    await user('POST', '/api/app/api-keys', { json: { name: 'Web shop' } }),
    201,
    'create key',
  )
  kept(`A key was made: ${created.keyPrefix}… It is shown this once and kept only as a hash.`)
  const server = clientOf(url, created.key)
  expectStatus(await server('GET', '/api/app/me'), 200, 'the key signs requests')
  kept('The key signs requests.')
  const mistyped = `${created.key.slice(0, -1)}${created.key.endsWith('0') ? '1' : '0'}`
  expectStatus(await clientOf(url, mistyped)('GET', '/api/app/me'), 401, 'a mistyped key')
  kept('A mistyped key is refused.')
  return server
}

async function upload(server: Send): Promise<string> {
  const form = new FormData()
  form.set('file', new Blob([HANDBOOK], { type: 'text/markdown' }), 'handbook.md')
  const uploaded = expectStatus(await server('POST', '/api/files', { body: form }), 201, 'upload')
  const sha256 = createHash('sha256').update(HANDBOOK).digest('hex')
  expectThat(
    uploaded.sha256 === sha256 && uploaded.size === Buffer.byteLength(HANDBOOK),
    'every byte arrived',
  )
  kept(`${uploaded.name} is stored, ${uploaded.size} bytes, checksum right.`)
  const read = async () => expectStatus(await server('GET', `/api/files/${uploaded.id}`), 200, 'read file')
  const ready = await until(
    'cutting it into passages and embedding them',
    read,
    file => file.status !== 'processing',
  )
  expectThat(
    ready.status === 'ready' && ready.embedded,
    `the file becomes searchable (${ready.error ?? ready.status})`,
  )
  kept(`It is searchable: ${ready.chunks} passage${ready.chunks === 1 ? '' : 's'}.`)
  const query = { query: 'refund for returned parcels' }
  const found = expectStatus(await server('POST', '/api/files/search', { json: query }), 200, 'search')
  expectThat(found.data[0]?.fileId === uploaded.id, 'search finds the passage by meaning')
  kept(`Search finds it by meaning (score ${found.data[0].score.toFixed(2)}).`)
  return uploaded.id
}

async function ask(server: Send, fileId: string): Promise<void> {
  const json = { message: QUESTION, knowledge: true }
  const answer = expectStatus(
    await server('POST', '/api/ai?provider=openai&action=chat', { json }),
    200,
    'chat',
  )
  quote(`“${QUESTION}”`)
  quote(answer.message.content)
  expectThat(
    answer.citations.some((citation: { fileId: string }) => citation.fileId === fileId),
    'the answer cites the file',
  )
  kept(`The answer cites ${answer.citations[0].name}, passage ${answer.citations[0].chunk + 1}.`)
  const { conversationId } = answer
  const next = { message: 'And when does the warehouse open?', knowledge: true, conversationId }
  const followUp = expectStatus(
    await server('POST', '/api/ai?action=chat', { json: next }),
    200,
    'chat again',
  )
  expectThat(followUp.conversationId === conversationId, 'the conversation goes on')
  quote(followUp.message.content)
  kept('The conversation goes on where it was.')
}

async function readUsage(server: Send): Promise<void> {
  const read = async () => expectStatus(await server('GET', '/api/app/usage?groupBy=endpoint'), 200, 'usage')
  const chats = (report: { data: { key: string; requests: number; promptTokens: number }[] }) =>
    report.data.find(({ key }) => key.includes('action=chat'))
  const report = await until('the usage log to be written', read, found => chats(found)?.requests === 2)
  expectThat(report.counters.chatMessages.used === 2, 'two messages were counted')
  kept(
    `${report.counters.chatMessages.used} of ${report.counters.chatMessages.limit} chat messages used this month.`,
  )
  const chat = chats(report)
  kept(`Chat: ${chat?.requests} requests, ${chat?.promptTokens} tokens sent.`)
}

async function subscribe({ polar }: Setting, anybody: Send, server: Send, clerkId: string): Promise<void> {
  const { products, webhookSecret } = polar
  const data = polarSubscription({ externalId: clerkId, productId: products.professional, products })
  const { headers, body } = polarDelivery(webhookSecret, { type: 'subscription.active', data })
  const received = expectStatus(
    await anybody('POST', '/api/polar/webhook', { headers, body }),
    200,
    'Polar webhook',
  )
  expectThat(received.status === 'processed', 'a signed Polar webhook is applied')
  const again = expectStatus(
    await anybody('POST', '/api/polar/webhook', { headers, body }),
    200,
    'Polar webhook again',
  )
  expectThat(again.duplicate === true, 'the same delivery changes nothing the second time')
  const me = expectStatus(await server('GET', '/api/app/me'), 200, 'me')
  expectThat(
    me.plan === 'professional' && me.subscription.status === 'active',
    'the plan follows the payment',
  )
  kept(
    `Polar’s signed webhook lifted the plan to ${me.plan}: ${me.limits.chatMessages.toLocaleString('en')} messages a month.`,
  )
  kept('Delivered twice, it counted once.')
}

async function tidyUp(user: Send, server: Send, fileId: string): Promise<void> {
  expectStatus(await server('DELETE', `/api/files/${fileId}`), 200, 'delete file')
  expectStatus(await server('GET', `/api/files/${fileId}`), 404, 'a deleted file')
  kept('The file is gone, with its passages and vectors.')
  const keys = expectStatus(await user('GET', '/api/app/api-keys'), 200, 'list keys')
  const path = `/api/app/api-keys?keyId=${keys.data[0].id}`
  expectStatus(await user('DELETE', path), 200, 'revoke key')
  expectStatus(await server('GET', '/api/app/me'), 401, 'a revoked key')
  kept('The key was revoked and stopped at once.')
  expectStatus(await user('POST', `${path}&action=restore`), 200, 'restore key')
  expectStatus(await server('GET', '/api/app/me'), 200, 'a restored key')
  kept('Taken back within ten seconds, it works again.')
  expectStatus(await user('DELETE', path), 200, 'revoke key')
}
