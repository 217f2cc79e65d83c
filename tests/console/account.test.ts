import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { UsageCounter } from '../../models/usage-counter.ts'
import { UsageLog } from '../../models/usage-log.ts'
import { User } from '../../models/user.ts'
import { subscribe } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { accessFaults } from './axe.ts'
import { chromium, eventually, named, useConsole } from './browser.ts'

const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const DAY_MS = 24 * 3600_000

const open = (page: Page) => page.getByRole('link', { name: 'Account', exact: true }).click()
const limit = (page: Page, label: string) => page.locator('.limits li').filter({ hasText: label })
const plan = (page: Page, name: string) =>
  page.locator('.plans li').filter({ has: page.getByRole('heading', { name }) })

describe.skipIf(!chromium)(named('the Account page'), () => {
  const site = useConsole()
  const hear = (isHeard: boolean) =>
    services.polar.setWebhookUrl(isHeard ? `${site.url()}/api/polar/webhook` : undefined)
  beforeAll(() => hear(true))

  it('leads through the pay page to a larger plan, and through the portal out of it', async () => {
    const { page, faults } = await site.visit({ plan: 'starter' })
    await open(page)
    await page.getByText('You are on Starter, which is free.').waitFor()
    expect(await page.getByRole('button', { name: 'Manage or cancel' }).count()).toBe(0)
    await plan(page, 'Starter').getByText('Your plan').waitFor()
    expect(await plan(page, 'Professional').textContent()).toContain('Chat messages a month50,000')
    await plan(page, 'Professional').getByRole('button', { name: 'Choose Professional' }).click()
    await page.getByRole('button', { name: 'Pay' }).waitFor()
    await page.goBack()
    await page.getByText('You are on Starter, which is free.').waitFor()
    await plan(page, 'Professional').getByRole('button', { name: 'Choose Professional' }).click()
    await page.getByRole('button', { name: 'Pay' }).click()

    await page.getByRole('status').getByText('Thank you. You are on Professional now.').waitFor()
    await plan(page, 'Professional').getByText('Your plan').waitFor()
    await limit(page, 'Chat messages').getByText('0 of 50,000').waitFor()
    expect(page.url()).toBe(`${site.url()}/console#/account`)
    expect(await page.getByRole('button', { name: /^Choose/ }).count()).toBe(0)

    await page.getByRole('button', { name: 'Manage or cancel' }).click()
    await page.getByRole('button', { name: 'Cancel at period end' }).click()
    await page.getByText('Ends on').waitFor()
    await page.goto(`${site.url()}/console#/account`)
    await page.getByText('Your subscription is cancelled. Professional stays yours until').waitFor()
    expect(faults).toEqual([])
  })

  it('says that a payment has arrived while the plan is being booked', async () => {
    const { page, tenant, faults } = await site.visit({ plan: 'starter' })
    await open(page)
    await page.getByRole('button', { name: 'Choose Enterprise' }).click()
    hear(false)
    await page.getByRole('button', { name: 'Pay' }).click()
    await page.getByRole('status').getByText('Your payment has arrived').waitFor()
    hear(true)
    await subscribe(tenant.clerkId, 'enterprise')
    await page.getByRole('status').getByText('Thank you. You are on Enterprise now.').waitFor()
    await limit(page, 'Chat messages').getByText('0 used, no limit').waitFor()
    expect(faults).toEqual([])
  })

  it('says what became of a payment that was not made', async () => {
    const { page } = await site.visit({ plan: 'starter' })
    const outcome = async (status: string, words: string) => {
      const json = { id: randomUUID(), status, amountTotal: 2_900, currency: 'eur' }
      await page.route('**/api/polar/checkout?*', route => route.fulfill({ json }))
      await page.goto(`${site.url()}/console?plan=professional&checkout=${json.id}#/account`)
      await page.getByRole('status').getByText(words).waitFor()
      await eventually(async () => page.url()).toBe(`${site.url()}/console#/account`)
      await page.unroute('**/api/polar/checkout?*')
    }
    await outcome('failed', 'The payment failed, and your plan is as before.')
    await outcome('expired', 'The payment took too long')
    await outcome('open', 'This was not paid')
    await page.getByRole('button', { name: 'Dismiss' }).click()
    expect(await page.getByText('This was not paid').count()).toBe(0)
    await page.goto(`${site.url()}/console?checkout=${randomUUID()}#/account`)
    await page.getByRole('status').getByText('No payment of this account is known here.').waitFor()
    await page.reload()
    await page.getByText('You are on Starter').waitFor()
    expect(await page.getByText('No payment').count()).toBe(0)
  })

  it('tells of each limit how near it is, in words too', async () => {
    const { page, tenant } = await site.visit({}, { viewport: { width: 390, height: 844 } })
    await tenant.newKey()
    await tenant.newKey()
    const period = new Date().toISOString().slice(0, 7)
    const { clerkId } = tenant
    await UsageCounter.updateOne({ clerkId, period }, { $set: { chatMessages: 80 } }, { upsert: true })
    await UsageCounter.updateOne(
      { clerkId, period: 'total' },
      { $set: { files: 3, bytes: 1536 } },
      { upsert: true },
    )
    const limits = { chatMessages: 100, files: 3, bytes: null, apiKeys: 1 }
    await User.updateOne({ clerkId }, { $set: { limits } })
    await open(page)
    await limit(page, 'Chat messages').getByText('80 of 100').waitFor()
    const words = await page.locator('.limits li').allInnerTexts()
    expect(words.map(text => text.replaceAll(/\s+/g, ' '))).toEqual([
      'Chat messages a month Nearly used up 80 of 100',
      'Files Used up 3 of 3',
      'Storage in all 1.5 KiB used, no limit',
      'API keys Over the limit 2 of 1',
    ])
    await page.getByText(/counted anew from 1 [A-Z][a-z]+ \d{4}, midnight UTC/).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    await page.getByRole('link', { name: 'See the plans below' }).click()
    await eventually(() => page.evaluate('document.activeElement.textContent')).toBe('Plans')
    expect(await accessFaults(page)).toEqual([])
  })

  it('shows who it belongs to, and what was asked of the API by day and by endpoint', async () => {
    const { page, tenant, faults } = await site.visit()
    const { clerkId } = tenant
    const imageUrl = 'https://img.clerk.com/ada'
    await User.updateOne({ clerkId }, { $set: { firstName: 'Ada', lastName: 'Lovelace', imageUrl } })
    await page.route(imageUrl, route => route.fulfill({ contentType: 'image/png', body: PICTURE }))
    await UsageLog.insertMany([logged(clerkId, 200, 1), logged(clerkId, 429, 1), logged(clerkId, 200, 40)])
    await page.reload()
    await open(page)
    await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor()
    await page.getByText(tenant.email).last().waitFor()
    await eventually(() => page.evaluate("document.querySelector('img.portrait')?.naturalWidth")).toBe(1)

    const row = page.getByRole('row', { name: '/api/v1/embeddings' })
    await row.waitFor()
    expect((await row.getByRole('cell').allInnerTexts()).join(' | ')).toBe(
      '2 | 1 | 10 ms | 10 ms | 60 | $0.0006',
    )
    const plot = page.getByRole('img', { name: /^Requests: \d+ in 30 days, Errors: 1 in 30 days\./ })
    await plot.locator('canvas').waitFor()
    await page.getByText('Requests per day as a table').click()
    const yesterday = new Date(Date.now() - DAY_MS).toLocaleDateString('en-GB', {
      dateStyle: 'long',
      timeZone: 'UTC',
    })
    const day = page.getByRole('row', { name: yesterday })
    expect((await day.getByRole('cell').allInnerTexts()).join(' ')).toBe('2 1')
    expect(await accessFaults(page)).toEqual([])
    expect(faults).toEqual([])
  })

  it('says so when the figures or the data cannot be had, and saves all data as a file', async () => {
    const { page } = await site.visit()
    const figures = '**/api/app/usage?*'
    await page.route(figures, route => route.fulfill({ status: 500, json: { code: 'internal' } }))
    await open(page)
    await page.getByRole('alert').getByText('Something went wrong on our side.').waitFor()
    await page.unroute(figures)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Requests per day as a table').waitFor()

    const path = '**/api/app/export'
    await page.route(path, route => route.fulfill({ status: 503, json: { code: 'unavailable' } }))
    const button = page.getByRole('button', { name: 'Download my data' })
    await button.click()
    await page.getByRole('alert').getByText('The service is busy or away just now.').waitFor()
    await page.unroute(path)
    const download = page.waitForEvent('download')
    await button.click()
    expect((await download).suggestedFilename()).toBe('workflowai-export.zip')
    const zip = await readFile(await (await download).path())
    expect(zip.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04')
    await page.getByRole('status').getByText('Your data was saved').waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
  })
})

function logged(clerkId: string, status: number, daysAgo: number) {
  const createdAt = new Date(Date.now() - daysAgo * DAY_MS)
  const metadata = { promptTokens: 30, completionTokens: 0, costUsd: 0.0003 }
  return {
    clerkId,
    endpoint: '/api/v1/embeddings',
    method: 'POST',
    status,
    responseTimeMs: 10,
    createdAt,
    metadata,
  }
}
