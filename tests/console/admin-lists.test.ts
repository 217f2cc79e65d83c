import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { Contact } from '../../models/contact.ts'
import { contactForm, openAdmin, sendForm } from './admin-data.ts'
import { chromium, eventually, named, useConsole } from './browser.ts'

const rows = (page: Page) => page.locator('.rows > li')

describe.skipIf(!chromium)(named('the lists of admins'), () => {
  const site = useConsole()

  it('find somebody by what is typed, whatever comes later of what was asked before', async () => {
    await sendForm(contactForm({ name: 'Frances Allen', company: 'Compilers' }))
    await sendForm(contactForm({ name: 'Sophie Wilson', company: 'Chips' }))
    const { page } = await site.visit({ role: 'admin' })
    await openAdmin(page, 'Contacts')
    await page.getByRole('link', { name: 'Sophie Wilson' }).waitFor()
    const { promise: hold, resolve: release } = Promise.withResolvers<void>()
    await page.route('**/api/admin/contacts?*q=frances*', async route => {
      await hold
      await route.continue().catch(() => {})
    })
    const search = page.getByRole('searchbox', { name: 'Search names' })
    const asking = page.waitForRequest(request => request.url().includes('q=frances'))
    await search.fill('frances')
    const asked = await asking
    await search.fill('chips')
    await eventually(() => rows(page).count()).toBe(1)
    expect(asked.failure()?.errorText).toBe('net::ERR_ABORTED')
    release()
    await page.unrouteAll({ behavior: 'wait' })
    await page.getByRole('link', { name: 'Sophie Wilson' }).waitFor()
    expect(await page.getByRole('link', { name: 'Frances Allen' }).count()).toBe(0)
    await search.fill('nobody has this name')
    await page.getByText('Nothing fits.').waitFor()
  })

  it('are read on page by page, with the focus on what came, and saved as a table in one go', async () => {
    const made = Array.from({ length: 45 }, (_, at) => ({
      name: at === 0 ? '=HYPERLINK("http://example.com")' : `Person ${at}`,
      email: `person-${at}@example.com`,
      message: 'Hello',
      status: 'closed' as const,
    }))
    await Contact.insertMany(made)
    const { page, faults } = await site.visit({ role: 'admin' })
    await openAdmin(page, 'Contacts')
    await page.getByRole('radio', { name: 'Closed' }).check({ force: true })
    await page.getByText('20 entries shown, and there are more').waitFor()
    await page.getByRole('button', { name: 'Show more' }).click()
    await page.getByText('40 entries shown, and there are more').waitFor()
    await eventually(() => page.evaluate('document.activeElement.id')).toBe(
      await rows(page).nth(20).getAttribute('id'),
    )
    await page.getByRole('button', { name: 'Show more' }).click()
    await page.getByText('45 entries shown', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0)
    expect(new Set(await rows(page).getByRole('link').allTextContents()).size).toBe(45)

    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download CSV' }).click()
    expect((await download).suggestedFilename()).toBe('contacts.csv')
    const saved: { name: string; status: string }[] = parse(
      await readFile(await (await download).path(), 'utf8'),
      { columns: true, bom: true },
    )
    expect(saved).toHaveLength(45)
    expect(new Set(saved.map(({ status }) => status))).toEqual(new Set(['closed']))
    expect(saved.at(-1)?.name).toBe(`'${made[0]?.name}`)
    expect(faults).toEqual([])
  })

  it('say what failed and try again', async () => {
    const { page } = await site.visit({ role: 'admin' })
    await page.route('**/api/admin/contacts?*', route => route.abort())
    await openAdmin(page, 'Contacts')
    await page.getByRole('alert').getByText('The server cannot be reached.').waitFor()
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Try again' }).click()
    await rows(page).first().waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
  })
})
