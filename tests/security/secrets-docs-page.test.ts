import { describe, expect, it } from 'vitest'
import { chromium, named, useConsole } from '../console/browser.ts'

describe.skipIf(!chromium)(named('the API reference under its policy'), () => {
  const site = useConsole()

  it('is drawn, sends a request and asks for credentials in a dialog', async () => {
    const { page, faults } = await site.open()
    await page.goto(`${site.url()}/docs`)
    const operation = page.locator('.opblock', { hasText: '/api/health' }).first()
    await operation.locator('.opblock-summary').click()
    await operation.getByRole('button', { name: 'Execute' }).click()
    const answered = operation.locator('.live-responses-table .response-col_status')
    await answered.getByText('200').waitFor()
    await page.getByRole('button', { name: 'Authorize' }).first().click()
    await page.locator('.modal-ux').waitFor()
    expect(faults).toEqual([])
  })

  it('would say so if its policy kept something from it', async () => {
    const { page, faults } = await site.open()
    await page.goto(`${site.url()}/docs`)
    await page.evaluate(
      "document.body.append(Object.assign(document.createElement('script'), { text: '1' }))",
    )
    expect(faults.join()).toContain('Content Security Policy')
  })
})
