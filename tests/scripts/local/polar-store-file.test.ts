import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPolar } from '@polar-sh/sdk/2026-10'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listen } from '../../../scripts/local/http.ts'
import { type PolarStandIn, startPolar } from '../../../scripts/local/polar/index.ts'
import { startReceiver } from './receiver.ts'

let folder: string
let polar: PolarStandIn
const file = () => join(folder, 'polar.json')

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflowai-polar-'))
  polar = await startPolar({ file: file() })
})
afterEach(async () => {
  await polar.close()
  await rm(folder, { recursive: true, force: true })
})

const client = () => createPolar({ baseUrl: polar.apiUrl, accessToken: polar.accessToken })

/** What is in the file, as if the stand-in had ended now. */
const restart = async (webhookUrl?: string) => {
  const before = polar
  polar = await startPolar({ file: file(), ...(webhookUrl && { webhookUrl }) })
  await before.close()
}

const checkoutOf = (external_customer_id: string) =>
  client().checkouts.create({ products: [polar.products.professional], external_customer_id })

/** Pays on the page of the checkout, at the stand-in that runs now. */
const pay = (url: string) =>
  fetch(polar.apiUrl + new URL(`${url}/pay`).pathname, { method: 'POST', redirect: 'manual' })

describe('a stand-in with a file', () => {
  test('knows after a restart what was bought and what ended', async () => {
    await pay((await checkoutOf('user_ada')).url)
    const before = await client().customers.getStateExternal('user_ada')
    expect(before.active_subscriptions).toHaveLength(1)
    await restart()
    expect(await client().customers.getStateExternal('user_ada')).toEqual(before)
    expect((await client().subscriptions.list({ active: true })).items).toHaveLength(1)

    const session = await client().customerSessions.create({ external_customer_id: 'user_ada' })
    const page = await (await fetch(session.customer_portal_url)).text()
    const form = /<form method="post" action="([^"]+)"/.exec(page)?.[1] ?? ''
    const body = new URLSearchParams({ action: 'end' })
    await fetch(new URL(form, polar.apiUrl), { method: 'POST', body, redirect: 'manual' })
    await restart()
    expect((await client().customers.getStateExternal('user_ada')).active_subscriptions).toEqual([])
    expect(
      (await fetch(new URL('/portal', polar.apiUrl) + new URL(session.customer_portal_url).search)).status,
    ).toBe(404)
  })

  test('takes the payment of a checkout that was begun before', async () => {
    const { id, url } = await checkoutOf('user_ada')
    await restart()
    expect(await client().checkouts.get(id)).toMatchObject({ id, status: 'open' })
    expect((await pay(url)).status).toBe(303)
    await restart()
    expect(await client().checkouts.get(id)).toMatchObject({ status: 'succeeded' })
    expect((await client().customers.getStateExternal('user_ada')).active_subscriptions).toHaveLength(1)
  })

  test('announces a customer once', async () => {
    const receiver = await startReceiver(() => polar.webhookSecret)
    await pay((await checkoutOf('user_ada')).url)
    await restart(receiver.url)
    await pay((await checkoutOf('user_ada')).url)
    await receiver.close()
    expect(receiver.received.map(({ type }) => type)).toContain('subscription.active')
    expect(receiver.received.map(({ type }) => type)).not.toContain('customer.created')
  })

  test('has stored what an event tells before the event goes out', async () => {
    const stored: string[] = []
    const receiver = await listen(async () => {
      stored.push(await readFile(file(), 'utf8'))
      return new Response()
    })
    polar.setWebhookUrl(receiver.url)
    await pay((await checkoutOf('user_ada')).url)
    await receiver.close()
    expect(stored.length).toBeGreaterThan(0)
    for (const text of stored) expect(JSON.parse(text).subscriptions).toHaveLength(1)
  })

  test('stores what many do at once, for its owner only, and leaves nothing else behind', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `user_${index}`)
    await Promise.all(names.map(checkoutOf))
    expect(JSON.parse(await readFile(file(), 'utf8')).checkouts).toHaveLength(20)
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['polar.json'])
  })

  test('says in plain words that the file is something else', async () => {
    for (const text of ['', '{', '[]', '{"customers":[{}]}']) {
      const other = join(folder, 'other.json')
      await writeFile(other, text)
      await expect(startPolar({ file: other }), text).rejects.toThrow(
        `${other} is not what Polar's stand-in wrote`,
      )
    }
  })
})

test('without a file it forgets', async () => {
  const forgetful = await startPolar()
  const sdk = createPolar({ baseUrl: forgetful.apiUrl, accessToken: forgetful.accessToken })
  await sdk.checkouts.create({ products: [forgetful.products.professional] })
  await forgetful.close()
  expect(await readdir(folder)).toEqual([])
})
