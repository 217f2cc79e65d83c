import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../models/api-key.ts'
import { User } from '../../models/user.ts'
import { call } from '../helpers/call.ts'
import type { Tenant } from '../helpers/tenant.ts'
import { accessFaults } from './axe.ts'
import { ALONE, chromium, eventually, named, useConsole } from './browser.ts'

const FOCUSED = 'document.activeElement.ariaLabel ?? document.activeElement.textContent'

const open = (page: Page) => page.getByRole('link', { name: 'API keys', exact: true }).click()
const keyItem = (page: Page, name: string) =>
  page.locator('.keys li').filter({ has: page.getByRole('heading', { name, exact: true }) })
const shownKey = (page: Page) => page.getByRole('dialog').getByLabel('The key').inputValue()

async function statusWith(key: string): Promise<number> {
  return (await call('GET', '/api/app/me', { headers: { 'X-API-Key': key } })).status
}

async function keysOf(tenant: Tenant) {
  return (await tenant.call('GET', '/api/app/api-keys?includeRevoked')).body.data
}

describe.skipIf(!chromium)(named('the API keys page'), () => {
  const site = useConsole()

  it('makes a key with the keyboard alone, shows it once and copies it', async () => {
    const { page, tenant, faults } = await site.visit({}, ALONE)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await open(page)
    await page.getByText('There are no keys yet.').waitFor()
    await page.getByRole('button', { name: 'New key' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'New key' }).waitFor()
    await page.keyboard.type('Laptop')
    await page.getByLabel('Expires').selectOption('In 30 days')
    expect(await accessFaults(page)).toEqual([])
    await page.getByLabel('Name (optional)').press('Enter')

    const dialog = page.getByRole('dialog', { name: 'Your new key' })
    await dialog.getByText('It is not shown again').waitFor()
    await eventually(() => page.evaluate(FOCUSED)).toBe('Copy')
    expect(await accessFaults(page)).toEqual([])
    const key = await shownKey(page)
    expect(await statusWith(key)).toBe(200)
    await page.keyboard.press('Enter')
    await dialog.getByRole('status').getByText('Copied.').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(key)
    await page.mouse.click(5, 5)
    expect(await dialog.isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    await eventually(() => page.getByRole('dialog').count()).toBe(0)
    await eventually(() => page.evaluate(FOCUSED)).toBe('New key')
    expect(await page.content()).not.toContain(key)

    await page.getByText('1 of 20 in use').waitFor()
    expect(await keyItem(page, 'Laptop').textContent()).toMatch(/tc_live_\w{12}….*never used.*works until/)
    const [stored] = await keysOf(tenant)
    const days = (Date.parse(stored.expiresAt) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(29.9)
    expect(days).toBeLessThan(30)
    expect(faults).toEqual([])
  })

  it('selects the key where the browser lets nobody copy', async () => {
    const { page } = await site.visit()
    await page.addInitScript("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await page.reload()
    await open(page)
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByRole('button', { name: 'Make the key' }).click()
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByText('It is selected').waitFor()
    expect(await page.evaluate('getSelection().toString()')).toBe(await shownKey(page))
    await page.getByRole('button', { name: 'I have kept it' }).click()
    await page.getByRole('heading', { name: 'Without a name' }).waitFor()
  })

  it('revokes at once, and takes it back for as long as ten seconds', async () => {
    const { page, tenant, faults } = await site.visit({}, ALONE)
    const { key } = await tenant.newKey('Server')
    await open(page)
    await page.getByRole('button', { name: 'Revoke Server' }).focus()
    await page.keyboard.press('Enter')
    const undo = page.getByRole('button', { name: 'Undo revoking Server' })
    await undo.getByText(/^Undo \((10|9|8) s\)$/).waitFor()
    await page.getByRole('status').getByText('You can undo this for ten seconds.').waitFor()
    expect(await statusWith(key)).toBe(401)
    await eventually(() => page.evaluate(FOCUSED)).toBe('Undo revoking Server')
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('The key Server works again.').waitFor()
    expect(await statusWith(key)).toBe(200)
    await eventually(() => page.evaluate(FOCUSED)).toBe('Revoke Server')

    await page.clock.install()
    await page.keyboard.press('Enter')
    await undo.waitFor()
    await page.clock.runFor(4_000)
    // Time goes on by itself, too, and on a busy machine there may be much of it.
    await undo.getByText(/^Undo \([1-6] s\)$/).waitFor()
    await page.clock.runFor(7_000)
    await eventually(() => undo.count()).toBe(0)
    await eventually(() => page.evaluate(FOCUSED)).toBe('Your keys')
    await page.getByText('0 of 20 in use').waitFor()
    expect(await statusWith(key)).toBe(401)

    await tenant.newKey('Server')
    await page.reload()
    await page.getByRole('button', { name: 'Revoke Server' }).click()
    await undo.waitFor()
    expect(await accessFaults(page)).toEqual([])
    expect(faults).toEqual([])
  })

  it('says so when it is too late to take a revocation back', async () => {
    const { page, tenant } = await site.visit()
    const { id } = await tenant.newKey('Server')
    await open(page)
    await page.getByRole('button', { name: 'Revoke Server' }).click()
    const longAgo = { $set: { revokedAt: new Date(Date.now() - 11_000) } }
    await ApiKey.updateOne({ _id: id, clerkId: tenant.clerkId }, longAgo)
    await page.getByRole('button', { name: 'Undo revoking Server' }).click()
    await page.getByRole('alert').getByText('The ten seconds to restore this key are over.').waitFor()
  })

  it('rotates a key: at once, or with time to change over', async () => {
    const { page, tenant, faults } = await site.visit()
    const old = await tenant.newKey('Server')
    await open(page)
    await page.getByRole('button', { name: 'Rotate Server' }).click()
    expect(await page.getByLabel('In 1 hour').isChecked()).toBe(true)
    await page.getByLabel('In 1 day').check()
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate', exact: true }).click()
    await page.getByRole('dialog').getByText('The old key works until').waitFor()
    const second = await shownKey(page)
    expect([await statusWith(old.key), await statusWith(second)]).toEqual([200, 200])
    const [, replaced] = await keysOf(tenant)
    expect(Date.parse(replaced.expiresAt) - Date.now()).toBeGreaterThan(86_000_000)
    await page.keyboard.press('Escape')
    await page.getByText('replaced, works until').waitFor()
    await eventually(() => page.evaluate(FOCUSED)).toBe('Your keys')

    await page.getByRole('button', { name: 'Rotate Server' }).click()
    await page.getByLabel('At once').check()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate', exact: true }).click()
    await page.getByRole('dialog').getByText('The old key is refused from now on.').waitFor()
    expect([await statusWith(second), await statusWith(await shownKey(page))]).toEqual([401, 200])
    expect(faults).toEqual([])
  })

  it('shows revoked keys on demand, and says what a full plan leads to', async () => {
    const { page, tenant } = await site.visit({}, { viewport: { width: 390, height: 844 } })
    const { id } = await tenant.newKey('Old one')
    await tenant.call('DELETE', `/api/app/api-keys?keyId=${id}`)
    await tenant.newKey(`a${'very'.repeat(20)}longname`)
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { apiKeys: 1 } } })
    await page.reload()
    await open(page)
    await page.getByText('All keys of your plan are in use.').waitFor()
    expect(await page.getByText('Old one').count()).toBe(0)
    await page.getByLabel('Show revoked keys').check()
    await keyItem(page, 'Old one').getByText('Revoked', { exact: true }).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    expect(await accessFaults(page)).toEqual([])

    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByRole('button', { name: 'Make the key' }).click()
    const notice = page.getByRole('dialog').getByRole('alert')
    await notice.getByText("Your plan's limit of API keys is 1; 1 in use. Revoke one").waitFor()
    await notice.getByRole('link', { name: 'See the plans' }).click()
    await eventually(() => page.evaluate(FOCUSED)).toBe('Plans')
  })
})
