import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { User } from '../../models/user.ts'
import { chooseFiles, chromium, eventually, fileItem, named, uploadText, useConsole } from './browser.ts'

const TEXT = 'The Aurora project began in March 2019 in Lyon. Batteries last for four winters.'

describe.skipIf(!chromium)(named('the Files page'), () => {
  const site = useConsole()

  it('shows how far an upload has come, one after another, and when a file can be searched', async () => {
    const { page, faults } = await site.visit()
    await page.getByRole('link', { name: 'Files', exact: true }).click()
    await page.getByText('There are no files yet.').waitFor()
    const network = await page.context().newCDPSession(page)
    const slowly = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 }
    await network.send('Network.emulateNetworkConditions', slowly)
    await page.evaluate(WATCH_PROGRESS)
    await chooseFiles(
      page,
      { name: 'big.txt', text: `${TEXT}\n`.repeat(6_000) },
      { name: 'small.txt', text: TEXT },
    )
    await page.getByText('waiting').waitFor()
    await fileItem(page, 'small.txt').getByText('Searchable').waitFor()
    const parts = (await page.evaluate('window.parts')) as number[]
    expect(parts.filter(part => part > 0.1 && part < 0.9).length).toBeGreaterThan(1)
    expect(parts).toEqual(parts.toSorted((left, right) => left - right))
    expect(faults).toEqual([])
  })

  it('gives up an upload', async () => {
    const { page, tenant } = await site.visit()
    await page.getByRole('link', { name: 'Files', exact: true }).click()
    const network = await page.context().newCDPSession(page)
    const slowly = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 50_000 }
    await network.send('Network.emulateNetworkConditions', slowly)
    await chooseFiles(page, { name: 'big.txt', text: 'x'.repeat(1_000_000) })
    await page.getByRole('button', { name: 'Cancel the upload of big.txt' }).click()
    await page.getByText('There are no files yet.').waitFor()
    expect((await tenant.call('GET', '/api/files')).body.data).toEqual([])
  })

  it('finds passages by meaning and leads to their file', async () => {
    const { page, faults } = await site.visit()
    await uploadText(page, 'aurora.txt', TEXT)
    await page.getByRole('searchbox').fill('how long do batteries last?')
    await page.getByRole('searchbox').press('Enter')
    const hit = page.locator('.hits li')
    await hit.getByText('Batteries last for four winters.').waitFor()
    expect(await hit.textContent()).toMatch(/aurora\.txt\s*passage 1, \d+% match/)
    await hit.getByRole('link', { name: 'aurora.txt' }).click()
    await eventually(() => fileItem(page, 'aurora.txt').getAttribute('aria-current')).toBe('true')
    expect(faults).toEqual([])
  })

  it('takes files that are dropped, downloads them as they were and deletes them when told twice', async () => {
    const { page, tenant, faults } = await site.visit()
    await page.getByRole('link', { name: 'Files', exact: true }).click()
    await page.evaluate(DROP, ['dropped.txt', TEXT])
    await fileItem(page, 'dropped.txt').getByText('Searchable').waitFor()

    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download dropped.txt' }).click()
    expect((await download).suggestedFilename()).toBe('dropped.txt')
    expect(await readFile(await (await download).path(), 'utf8')).toBe(TEXT)

    await page.getByRole('button', { name: 'Delete dropped.txt' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Delete dropped.txt' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('There are no files yet.').waitFor()
    expect((await tenant.call('GET', '/api/files')).body.data).toEqual([])
    await eventually(() => page.evaluate('document.activeElement.textContent')).toBe('Your files')
    expect(faults).toEqual([])
  })

  it('says why a file could not be read, and has it read again', async () => {
    const { page, faults } = await site.visit()
    await page.getByRole('link', { name: 'Files', exact: true }).click()
    const noText = Uint8Array.of(0x28, 0x81)
    await chooseFiles(page, { name: 'broken.txt', text: noText })
    const item = fileItem(page, 'broken.txt')
    await item.getByText('Failed').waitFor()
    expect(await item.locator('.failure').textContent()).toMatch(/\w+ \w+.*\./)
    const retried = page.waitForResponse(response => response.url().endsWith('?action=retry'))
    await page.getByRole('button', { name: 'Read broken.txt again' }).click()
    expect((await retried).status()).toBe(202)
    await item.getByText('Failed').waitFor()
    expect(faults).toEqual([])
  })

  it('says in plain words what a plan does not allow, with the way to a larger one', async () => {
    const { page, tenant } = await site.visit()
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { files: 0 } } })
    await page.getByRole('link', { name: 'Files', exact: true }).click()
    await chooseFiles(page, { name: 'one-too-many.txt', text: TEXT })
    const notice = page.getByRole('alert')
    await notice.getByText('Delete something or choose a larger plan.').waitFor()
    const link = notice.getByRole('link', { name: 'See the plans' })
    expect(await link.getAttribute('href')).toMatch(/\/docs\/plans$/)
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { files: 5 } } })
    await notice.getByRole('button', { name: 'Try again' }).click()
    await fileItem(page, 'one-too-many.txt').getByText('Searchable').waitFor()
  })

  it('fits a phone, whatever a file is called', async () => {
    const { page } = await site.visit({}, { viewport: { width: 390, height: 844 } })
    await uploadText(page, `${'averylongname'.repeat(12)}.txt`, TEXT)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  })
})

/** Keeps what the bar of the first upload shows. */
const WATCH_PROGRESS = `
  window.parts = []
  new MutationObserver(() => {
    const bar = document.querySelector('progress[aria-label="Upload of big.txt"]')
    if (bar && bar.value !== window.parts.at(-1)) window.parts.push(bar.value)
  }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })`

function DROP([name, text]: string[]): void {
  const page = globalThis as unknown as {
    DataTransfer: new () => { items: { add(file: File): void } }
    DragEvent: new (type: string, init: object) => Event
    document: { querySelector(selector: string): EventTarget }
  }
  const dataTransfer = new page.DataTransfer()
  dataTransfer.items.add(new File([text ?? ''], name ?? '', { type: 'text/plain' }))
  const init = { dataTransfer, bubbles: true, cancelable: true }
  page.document.querySelector('.drop').dispatchEvent(new page.DragEvent('drop', init))
}
