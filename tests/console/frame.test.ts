import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { User } from '../../models/user.ts'
import { accessFaults } from './axe.ts'
import { chromium, eventually, named, signIn, useConsole } from './browser.ts'

const phone = { viewport: { width: 390, height: 844 } }
const WIDTH = 'document.documentElement.scrollWidth'

describe.skipIf(!chromium)(named('the frame of the console'), () => {
  const site = useConsole()

  it('leads to each page, names it in the title and marks it in the navigation', async () => {
    const { page, faults } = await site.visit()
    for (const name of ['Chat', 'Files', 'Account', 'API keys']) {
      const link = page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name, exact: true })
      await link.click()
      await page.getByRole('heading', { name, exact: true, level: 1 }).waitFor()
      await eventually(() => page.title()).toBe(`${name} · WorkFlowAI`)
      expect(await link.getAttribute('aria-current')).toBe('page')
      expect(await accessFaults(page)).toEqual([])
    }
    expect(await page.getByRole('navigation', { name: 'Admin' }).count()).toBe(0)
    expect(faults).toEqual([])
  })

  it('tells who is no admin that a page is for admins, without loading it', async () => {
    const { page, faults } = await site.visit()
    const asked: string[] = []
    page.on('request', request => asked.push(request.url()))
    for (const name of ['overview', 'contacts/abc', 'demos', 'users', 'billing', 'audit', 'feedback']) {
      await page.goto(`${site.url()}/console#/${name}`)
      await page.getByText('This page is for admins').waitFor()
      await page.getByRole('link', { name: 'Go to Chat' }).click()
      await page.getByLabel('Your message').waitFor()
    }
    expect(asked.filter(url => url.includes('/admin'))).toEqual([])
    expect(faults).toEqual([])
  })

  it('offers admins their pages, on a phone behind a button', async () => {
    const { page, faults } = await site.visit({ role: 'admin' }, phone)
    const pages = page.getByRole('navigation', { name: 'Admin' })
    const toggle = page.getByRole('button', { name: 'Admin pages' })
    await toggle.waitFor()
    expect(await pages.isVisible()).toBe(false)
    expect(await toggle.getAttribute('aria-expanded')).toBe('false')
    await toggle.focus()
    await page.keyboard.press('Enter')
    expect(await toggle.getAttribute('aria-expanded')).toBe('true')
    expect(await pages.getByRole('link').count()).toBe(7)
    expect(await page.evaluate(WIDTH)).toBe(390)
    await pages.getByRole('link', { name: 'Users' }).click()
    await eventually(() => page.title()).toBe('Users · WorkFlowAI')
    expect(await pages.isVisible()).toBe(false)
    await page.setViewportSize({ width: 1200, height: 800 })
    expect(await pages.isVisible()).toBe(true)
    expect(await toggle.isVisible()).toBe(false)
    expect(await pages.getByRole('link', { name: 'Users' }).getAttribute('aria-current')).toBe('page')
    expect(faults).toEqual([])
  })

  it('says so when the pages for admins cannot be loaded, and loads them again', async () => {
    const { page } = await site.visit({ role: 'admin' })
    await page.route('**/console/admin/pages.js', route => route.abort())
    await page.getByRole('navigation', { name: 'Admin' }).getByRole('link', { name: 'Audit' }).click()
    const notice = page.getByRole('alert')
    await notice.getByText('The page could not be loaded.').waitFor()
    await page.unroute('**/console/admin/pages.js')
    await notice.getByRole('button', { name: 'Load again' }).click()
    await page.getByRole('heading', { name: 'Audit log' }).waitFor()
    await eventually(() => notice.count()).toBe(0)
  })

  it('says that an account is suspended, also in the middle of its work, and lets the person go', async () => {
    const { page, tenant } = await site.visit()
    await page.getByRole('link', { name: 'API keys' }).click()
    await page.getByRole('heading', { name: 'API keys' }).waitFor()
    const suspension = { at: new Date(), until: null, reason: 'They did not pay.' }
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { suspension } })
    // What the first page asked for may still be under way, and be refused before a link could be clicked.
    await page.evaluate("location.hash = '#/files'")
    await page.getByRole('heading', { name: 'Account not active' }).waitFor()
    await page.getByText('This account is suspended.').waitFor()
    expect(await page.getByText('They did not pay.').count()).toBe(0)
    expect(await page.getByRole('navigation').count()).toBe(0)
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await signIn(page, `user_${randomUUID()}`)
    await page.getByRole('navigation', { name: 'Console' }).waitFor()
  })
})
