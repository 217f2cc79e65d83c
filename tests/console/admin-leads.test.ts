import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { freshTenant } from '../helpers/tenant.ts'
import { contactForm, demoForm, HOSTILE, openAdmin, sendForm } from './admin-data.ts'
import { accessFaults } from './axe.ts'
import { chromium, eventually, named, useConsole } from './browser.ts'

const rows = (page: Page) => page.locator('.rows > li')
const focused = (page: Page) => page.evaluate('document.activeElement.textContent.trim()')

describe.skipIf(!chromium)(named('the pages of contacts and demo requests'), () => {
  const site = useConsole()

  it('say so when nobody has written yet', async () => {
    const { page, faults } = await site.visit({ role: 'admin' })
    await openAdmin(page, 'Contacts')
    await page.getByText('Nobody has written yet.').waitFor()
    await openAdmin(page, 'Demos')
    await page.getByText('Nobody has asked for a demo yet.').waitFor()
    expect(await accessFaults(page)).toEqual([])
    expect(faults).toEqual([])
  })

  it('move a contact on and note something on it, which the log tells', async () => {
    const name = 'Barbara Liskov'
    const id = await sendForm(contactForm({ name, company: 'Substitution Ltd' }))
    const { page, tenant, faults } = await site.visit({ role: 'admin' })
    await openAdmin(page, 'Contacts')
    await page.getByRole('radio', { name: 'New' }).check({ force: true })
    await page.getByRole('link', { name }).click()
    await eventually(() => focused(page)).toBe(name)

    await page.getByRole('button', { name: 'Qualified' }).click()
    await page.getByText('Moved to Qualified.').waitFor()
    expect(await page.getByRole('button', { name: 'Qualified' }).getAttribute('aria-pressed')).toBe('true')
    expect(await focused(page)).toBe('Qualified')
    await page.getByLabel('New note').fill(`She called. ${HOSTILE}`)
    await page.getByRole('button', { name: 'Add note' }).click()
    const note = page.getByRole('region', { name: 'Notes' }).locator('li')
    await note.getByText(`She called. ${HOSTILE}`).waitFor()
    expect(await note.textContent()).toContain(tenant.email)
    expect(await page.getByLabel('New note').inputValue()).toBe('')
    expect(await accessFaults(page)).toEqual([])
    expect((await tenant.call('GET', `/api/admin/contacts/${id}`)).body.status).toBe('qualified')

    // It does not fit the list it came from any more.
    await page.getByRole('link', { name: '← Contacts' }).click()
    await page.getByRole('heading', { name: 'Contacts', level: 1 }).waitFor()
    expect(await page.getByRole('link', { name }).count()).toBe(0)
    await eventually(() => focused(page)).toBe('Contacts')

    await openAdmin(page, 'Audit')
    await rows(page)
      .filter({ hasText: `${tenant.email} moved a contact from New to Qualified` })
      .waitFor()
    const told = rows(page).filter({ hasText: `noted on a contact: She called. ${HOSTILE}` })
    await told.getByRole('link', { name: 'a contact' }).click()
    await page.getByRole('heading', { name }).waitFor()
    expect(faults).toEqual([])
  })

  it('show what somebody sent as text, later messages too, on any screen', async () => {
    const sender = await freshTenant()
    const form = contactForm({ name: HOSTILE, company: HOSTILE, message: `${HOSTILE}${'long'.repeat(200)}` })
    await sendForm(form, sender)
    await sendForm({ ...form, message: `Again ${HOSTILE}` }, sender)
    const { page, faults } = await site.visit({ role: 'admin' }, { viewport: { width: 390, height: 844 } })
    await page.goto(`${site.url()}/console#/contacts`)
    await page.getByRole('link', { name: HOSTILE }).click()
    await page.getByRole('heading', { name: '1 follow-up' }).waitFor()
    await page.getByText(`Again ${HOSTILE}`).waitFor()
    expect(await page.locator('main img, main b').count()).toBe(0)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    await page.getByRole('link', { name: '← Contacts' }).click()
    await eventually(() => focused(page)).toBe(HOSTILE)
    expect(faults).toEqual([])
  })

  it('show all of a demo request, and say what is wrong when it is gone', async () => {
    const form = demoForm({
      jobTitle: 'CTO',
      timeline: 'This year',
      useCase: 'Maps',
      preferredDate: '2027-01-09',
    })
    await sendForm(form)
    const { page, faults } = await site.visit({ role: 'admin' })
    await openAdmin(page, 'Demos')
    await page.getByRole('link', { name: 'Edsger Dijkstra' }).click()
    const sent = page.getByRole('region', { name: 'What they sent' })
    for (const text of ['CTO', 'This year', 'Maps', 'Fewer detours.', 'Shortest Paths'])
      await sent.getByText(text, { exact: true }).waitFor()
    expect(await sent.textContent()).toContain('9 January 2027')
    await page.getByRole('button', { name: 'Scheduled' }).click()
    await page.getByText('Moved to Scheduled.').waitFor()
    expect(await accessFaults(page)).toEqual([])
    expect(faults).toEqual([])
    await page.goto(`${site.url()}/console#/demos/507f1f77bcf86cd799439011`)
    await page.getByRole('alert').getByText('This is not there any more.').waitFor()
  })
})
