import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { demoteAll } from '../api/admin/accounts.ts'
import { expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { HOSTILE, openAdmin } from './admin-data.ts'
import { accessFaults } from './axe.ts'
import { chromium, eventually, named, useConsole } from './browser.ts'

const focused = (page: Page) => page.evaluate('document.activeElement.textContent.trim()')

/** Finds an account by its address and opens it. */
async function openUser(page: Page, { email }: Tenant): Promise<void> {
  await openAdmin(page, 'Users')
  await page.getByRole('searchbox').fill(email.toUpperCase().slice(0, -4))
  await page.getByText('1 entry shown').waitFor()
  await page.getByRole('link', { name: email }).click()
  await page.getByRole('heading', { name: email, level: 1 }).waitFor()
}

describe.skipIf(!chromium)(named('the page of users'), () => {
  const site = useConsole()

  it('suspends an account at once, tells why, and lets it in again', async () => {
    const bob = await freshTenant()
    const { page, tenant, faults } = await site.visit({ role: 'admin' })
    await openUser(page, bob)
    await page.getByRole('button', { name: 'Suspend…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('the sessions and API keys of').waitFor()
    expect(await accessFaults(page)).toEqual([])
    await dialog.getByLabel('Reason').fill(`spam ${HOSTILE}`)
    await dialog.getByLabel('Ends by itself').fill('2050-01-09T12:00')
    await dialog.getByRole('button', { name: 'Suspend' }).click()
    await page.getByText('The account is suspended.').waitFor()
    expectProblem(await bob.call('GET', '/api/app/me'), 403, 'account_inactive')
    await page.getByText('until 9 Jan 2050, 12:00').first().waitFor()
    await eventually(() => focused(page)).toBe('Reactivate')
    const log = page.getByRole('region', { name: 'What admins did' })
    await log.getByText(`${tenant.email} suspended this account`).waitFor()
    await log.getByText(`: spam ${HOSTILE}`).waitFor()
    expect(await page.locator('main img, main b').count()).toBe(0)
    expect(await accessFaults(page)).toEqual([])

    await page.getByRole('button', { name: 'Reactivate' }).click()
    await page.getByText('The account can be used again.').waitFor()
    expectStatus(await bob.call('GET', '/api/app/me'), 200)
    await log.getByText('reactivated this account').waitFor()

    await openAdmin(page, 'Audit')
    await page
      .locator('.rows > li')
      .filter({ hasText: `suspended ${bob.email}` })
      .getByRole('link')
      .click()
    await page.getByRole('heading', { name: bob.email, level: 1 }).waitFor()
    expect(faults).toEqual([])
  })

  it('overrides limits, unlimited ones too, and gives the plan’s own back', async () => {
    const bob = await freshTenant()
    const { page, faults } = await site.visit({ role: 'admin' })
    await openUser(page, bob)
    const form = page.getByRole('region', { name: 'Limits' })
    const save = form.getByRole('button', { name: 'Save limits' })
    await form.getByLabel('Files', { exact: true }).fill('7')
    await form.getByLabel('Storage in all', { exact: true }).fill('1.5')
    await form.getByLabel('API keys: unlimited').check()
    await save.click()
    await form.getByText('The limits are saved').waitFor()
    const limitsNow = async () => (await bob.call('GET', '/api/app/me')).body.limits
    const own = { files: 7, bytes: 1.5 * 1024 ** 2, apiKeys: null }
    expect(await limitsNow()).toMatchObject({ ...own, chatMessages: 100 })
    await page.getByText('0 B of 1.5 MiB').waitFor()
    const log = page.getByRole('region', { name: 'What admins did' })
    await log.getByText('Files: the plan’s → 7').waitFor()
    await log.getByText('API keys: the plan’s → unlimited').waitFor()

    await form.getByLabel('Files', { exact: true }).fill('')
    await form.getByLabel('API keys: unlimited').uncheck()
    await save.click()
    await eventually(limitsNow).toMatchObject({ files: 20, apiKeys: 2, bytes: own.bytes })
    expect(faults).toEqual([])
  })

  it('says in plain words that the last admin stays', async () => {
    await demoteAll()
    const { page, tenant } = await site.visit({ role: 'admin' })
    await openUser(page, tenant)
    await page.getByRole('button', { name: 'Suspend…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('This is your own account').waitFor()
    await dialog.getByLabel('Reason').fill('a holiday')
    await dialog.getByRole('button', { name: 'Suspend' }).click()
    await dialog.getByRole('alert').getByText('This is the last active admin').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await eventually(() => focused(page)).toBe('Suspend…')
    expectStatus(await tenant.call('GET', '/api/admin/users'), 200)
  })

  it('narrows the list down by plan and status, and is easy to read', async () => {
    const bob = await freshTenant({ plan: 'enterprise' })
    const { page, faults } = await site.visit({ role: 'admin' })
    await openAdmin(page, 'Users')
    await page.getByLabel('Plan').selectOption('Enterprise')
    await page.getByText('1 entry shown').waitFor()
    await page.getByRole('link', { name: bob.email }).waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByLabel('Status').selectOption('Deleted')
    await page.getByText('No account fits.').waitFor()
    expect(faults).toEqual([])
  })
})
