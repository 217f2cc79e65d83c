import { createHash, randomUUID } from 'node:crypto'
import { OpenAI } from 'openai'
import type { DevInfo } from '../dev/dev-file.ts'
import { signSessionToken } from '../local/clerk/tokens.ts'
import { clerkDelivery, clerkUserData } from '../local/clerk/webhooks.ts'
import { clientOf, expectStatus, expectThat, type Send, until } from './client.ts'
import { heading, kept, quote } from './terminal.ts'

type Setting = DevInfo & { clerk: NonNullable<DevInfo['clerk']> }

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
  const { server, key } = await makeKey(setting.url, user)
  heading('3. They upload what they know')
  const fileId = await upload(server)
  heading('4. They ask, and the answer says where it is from')
  await ask(server, fileId)
  heading('5. Their old code asks too: OpenAI’s own client, word by word')
  await askAsOpenAI(setting.url, key)
  heading('6. They see what they used')
  await readUsage(server)
  heading('7. They pay, and their plan grows')
  await subscribe(user, server)
  heading('8. They tidy up')
  await tidyUp(setting.url, user, server, fileId)
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

async function makeKey(url: string, user: Send): Promise<{ server: Send; key: string }> {
  const request = { json: { name: 'Web shop' }, headers: { 'Idempotency-Key': randomUUID() } }
  const created = expectStatus(await user('POST', '/api/app/api-keys', request), 201, 'create key')
  kept(`A key was made: ${created.keyPrefix}… It is shown this once and kept only as a hash.`)
  const retried = expectStatus(await user('POST', '/api/app/api-keys', request), 201, 'create key again')
  expectThat(retried.id === created.id, 'a retry with the same Idempotency-Key makes no second key')
  kept('Asked again with the same Idempotency-Key, the API makes no second one.')
  const server = clientOf(url, created.key)
  expectStatus(await server('GET', '/api/app/me'), 200, 'the key signs requests')
  kept('The key signs requests.')
  const mistyped = `${created.key.slice(0, -1)}${created.key.endsWith('0') ? '1' : '0'}`
  expectStatus(await clientOf(url, mistyped)('GET', '/api/app/me'), 401, 'a mistyped key')
  kept('A mistyped key is refused.')
  return { server, key: created.key }
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
  const read = await server('GET', `/api/app/conversations/${conversationId}`)
  const { messages } = expectStatus(read, 200, 'read the conversation')
  expectThat(messages.length === 4, 'the conversation can be read again')
  kept(`It can be read again: ${messages.length} messages.`)
}

async function askAsOpenAI(url: string, apiKey: string): Promise<void> {
  const client = new OpenAI({ apiKey, baseURL: `${url}/api/v1` })
  const messages = [{ role: 'user' as const, content: QUESTION }]
  const chunks = await client.chat.completions.create({
    model: 'knowledge/gpt-4o-mini',
    messages,
    stream: true,
  })
  const pieces: string[] = []
  for await (const { choices } of chunks) pieces.push(choices[0]?.delta.content ?? '')
  const said = pieces.filter(piece => piece !== '')
  quote(said.join(''))
  expectThat(
    said.length > 3 && said.join('').includes('thirty'),
    'the answer arrives in pieces, from the file',
  )
  kept(`The unmodified client got the same answer in ${said.length} pieces.`)
}

async function readUsage(server: Send): Promise<void> {
  const read = async () => expectStatus(await server('GET', '/api/app/usage?groupBy=endpoint'), 200, 'usage')
  const chats = (report: { data: { key: string; requests: number; promptTokens: number }[] }) =>
    report.data.find(({ key }) => key.includes('action=chat'))
  const report = await until('the usage log to be written', read, found => chats(found)?.requests === 2)
  expectThat(report.counters.chatMessages.used === 3, 'three messages were counted')
  kept(
    `${report.counters.chatMessages.used} of ${report.counters.chatMessages.limit} chat messages used this month.`,
  )
  const chat = chats(report)
  kept(`Chat: ${chat?.requests} requests, ${chat?.promptTokens} tokens sent.`)
}

async function subscribe(user: Send, server: Send): Promise<void> {
  const json = { plan: 'professional' }
  const checkout = expectStatus(await user('POST', '/api/polar/checkout', { json }), 201, 'checkout')
  kept('A checkout is open at the payment page.')
  const paid = await fetch(`${checkout.url}/pay`, { method: 'POST', redirect: 'manual' })
  expectThat(paid.status === 303, 'the payment page takes the payment')
  const path = `/api/polar/checkout?checkoutId=${checkout.id}`
  const { status, amountTotal, currency } = expectStatus(await user('GET', path), 200, 'read checkout')
  expectThat(status === 'succeeded', 'the checkout says that it was paid')
  kept(`Paid: ${(amountTotal / 100).toFixed(2)} ${currency.toUpperCase()} a month.`)
  const read = async () => expectStatus(await server('GET', '/api/app/me'), 200, 'me')
  const me = await until('the billing webhook to arrive', read, found => found.plan === 'professional')
  expectThat(me.subscription.status === 'active', 'the plan follows the payment')
  kept(
    `Polar’s signed webhook lifted the plan to ${me.plan}: ${me.limits.chatMessages.toLocaleString('en')} messages a month.`,
  )
  const portal = expectStatus(await user('POST', '/api/polar/portal'), 201, 'portal')
  expectThat((await fetch(portal.url)).ok, 'the customer portal opens')
  kept('The customer portal opens, to change or cancel it.')
}

async function tidyUp(url: string, user: Send, server: Send, fileId: string): Promise<void> {
  expectStatus(await server('DELETE', `/api/files/${fileId}`), 200, 'delete file')
  expectStatus(await server('GET', `/api/files/${fileId}`), 404, 'a deleted file')
  kept('The file is gone, with its passages and vectors.')
  const keys = expectStatus(await user('GET', '/api/app/api-keys'), 200, 'list keys')
  const path = `/api/app/api-keys?keyId=${keys.data[0].id}`
  const rotated = expectStatus(await user('POST', `${path}&action=rotate&graceSeconds=60`), 201, 'rotate key')
  expectStatus(await clientOf(url, rotated.key)('GET', '/api/app/me'), 200, 'the new key')
  expectStatus(await server('GET', '/api/app/me'), 200, 'the old key in its grace period')
  kept('The key was rotated: the new one works, the old one for another minute.')
  expectStatus(await user('DELETE', path), 200, 'revoke key')
  expectStatus(await server('GET', '/api/app/me'), 401, 'a revoked key')
  kept('The old key was revoked and stopped at once.')
  expectStatus(await user('POST', `${path}&action=restore`), 200, 'restore key')
  expectStatus(await server('GET', '/api/app/me'), 200, 'a restored key')
  kept('Taken back within ten seconds, it works again.')
  expectStatus(await user('DELETE', path), 200, 'revoke key')
}
