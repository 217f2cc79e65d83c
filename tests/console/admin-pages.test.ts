import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { clerkUserData } from '../../scripts/local/clerk/webhooks.ts'
import { polarSubscription } from '../../scripts/local/polar/payloads.ts'
import { deliverClerk, freshTenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { contactForm, deliverEvent, HOSTILE, openAdmin, sendFeedback, sendForm } from './admin-data.ts'
import { accessFaults } from './axe.ts'
import { chromium, eventually, named, useConsole } from './browser.ts'

const rows = (page: Page) => page.locator('.rows > li')
const products = services.polar.products

describe.skipIf(!chromium)(named('the pages for admins'), () => {
  const site = useConsole()

  it('are offered to admins alone', async () => {
    const { page } = await site.visit()
    await page.getByRole('link', { name: 'Files', exact: true }).click()
    await page.getByText('There are no files yet.').waitFor()
    expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0)
    await page.goto(`${site.url()}/console#/users`)
    await page.getByText('This page is for admins').waitFor()
  })

  it('say in words that there is nothing yet', async () => {
    const { page, faults } = await site.visit({ role: 'admin' })
    await openAdmin(page, 'Audit')
    await page.getByText('No admin has done anything yet.').waitFor()
    await openAdmin(page, 'Feedback')
    await page.getByText('There is no feedback yet.').waitFor()
    await openAdmin(page, 'Billing')
    await page.getByRole('radio', { name: 'Failed' }).check({ force: true })
    await page.getByText('There are no events of this status.').waitFor()
    expect(faults).toEqual([])
  })

  it('show how things stand, lead to where they are, and tell each chart in a table too', async () => {
    await sendForm(contactForm())
    const { page, faults } = await site.visit({ role: 'admin' })
    await openAdmin(page, 'Overview')
    const figure = page.getByRole('link', { name: /new contacts/ })
    await figure.waitFor()
    expect(await figure.textContent()).toMatch(/^\s*1\s*new contacts/)
    expect(await page.locator('.charts figure').count()).toBe(6)
    const signUps = page.locator('figure').filter({ has: page.getByText('Sign-ups as a table') })
    await signUps.getByText('Sign-ups as a table').click()
    await eventually(() => signUps.locator('tbody tr').count()).toBe(30)
    expect(Number(await signUps.locator('tbody tr').last().locator('td').textContent())).toBeGreaterThan(0)
    await eventually(() => page.locator('.charts canvas').count()).toBe(6)
    await page.getByRole('radio', { name: '7 days' }).check({ force: true })
    await eventually(() => signUps.locator('tbody tr').count()).toBe(7)
    expect(await accessFaults(page)).toEqual([])
    await figure.click()
    await page.getByRole('heading', { name: 'Contacts', level: 1 }).waitFor()
    expect(faults).toEqual([])
  })

  it('apply a billing event again and tell what came of it', async () => {
    const externalId = `user_${crypto.randomUUID().replaceAll('-', '')}`
    const event = polarSubscription({ externalId, productId: products.professional, products })
    const failed = await deliverEvent({ ...event, metadata: { 'a\u0000b': 1 } })
    const broken = await deliverEvent({ id: null, name: HOSTILE })
    const { page, faults } = await site.visit({ role: 'admin' })
    await openAdmin(page, 'Billing')
    await page.getByRole('radio', { name: 'Failed' }).check({ force: true })
    const replay = (id: string) => page.getByRole('button', { name: new RegExp(`^Replay .*${id}`) })
    const row = rows(page).filter({ has: replay(failed) })
    await row.locator('.failure').waitFor()
    expect(await accessFaults(page)).toEqual([])

    await replay(failed).click()
    await row.getByText('It still waits: its customer is not known yet.').waitFor()
    await deliverClerk('user.created', clerkUserData({ id: externalId, email: `${externalId}@example.com` }))
    await page.getByRole('radio', { name: 'All' }).check({ force: true })
    await rows(page).filter({ hasText: failed }).getByText('Processed', { exact: true }).waitFor()

    await replay(broken).click()
    await rows(page)
      .filter({ has: replay(broken) })
      .getByText('It has failed again.')
      .waitFor()
    await openAdmin(page, 'Audit')
    await page.getByText('replayed a billing event').first().waitFor()
    expect(faults).toEqual([])
  })

  it('show feedback as it was written, with its rating in words, and save it', async () => {
    await sendFeedback({ formType: 'demo', rating: 2, feedbackText: HOSTILE, userCompany: HOSTILE })
    await sendFeedback()
    const { page, faults } = await site.visit({ role: 'admin' })
    await openAdmin(page, 'Feedback')
    await page.getByText('4 of 5').waitFor()
    await page.getByRole('radio', { name: 'Demo' }).check({ force: true })
    await page.getByText('1 entry shown').waitFor()
    await page.getByText(HOSTILE, { exact: true }).waitFor()
    await page.getByText('2 of 5').waitFor()
    expect(await accessFaults(page)).toEqual([])
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download CSV' }).click()
    const saved = await readFile(await (await download).path(), 'utf8')
    expect(saved.trim().split('\r\n')).toHaveLength(2)
    expect(saved).toContain('onerror')
    expect(faults).toEqual([])
  })

  it('tell what admins did, by action', async () => {
    const { call } = await freshTenant({ role: 'admin' })
    const id = await sendForm(contactForm())
    await call('PATCH', `/api/admin/contacts/${id}`, { json: { status: 'contacted' } })
    const { page, faults } = await site.visit({ role: 'admin' })
    await openAdmin(page, 'Audit')
    await page.getByLabel('Action').selectOption('Contact moved or noted on')
    await page.getByText('moved a contact from New to Contacted').waitFor()
    await eventually(() => rows(page).filter({ hasText: 'replayed' }).count()).toBe(0)
    expect(await accessFaults(page)).toEqual([])
    await page.getByLabel('Action').selectOption('Account suspended')
    await page.getByText('Nobody has done this yet.').waitFor()
    expect(faults).toEqual([])
  })
})
