import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium as chromiumType, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { copyVendorFiles } from '../../scripts/build.ts'
import { type Api, startApi } from '../helpers/api-process.ts'
import { freshTenant, type Tenant, type TenantOptions } from '../helpers/tenant.ts'

/** Generous: the machine may be busy with other tests. */
const WAIT_MS = 20_000

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** The browser of this machine: Debian's, or the first on the PATH; null when there is none. */
export const chromium = findChromium()

/** What a suite that needs it is called, so that a skipped one says why. */
export function named(suite: string): string {
  return chromium ? suite : `${suite} (skipped: no Chromium at /usr/bin/chromium or on the PATH)`
}

function findChromium(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const onPath = folders.flatMap(folder => names.map(name => join(folder, name)))
  return ['/usr/bin/chromium', ...onPath].find(file => existsSync(file)) ?? null
}

/** Who visits; without a plan, somebody on Professional. */
export type Visitor = Omit<TenantOptions, 'plan'> & { plan?: 'starter' | 'professional' | 'enterprise' }

export type Visit = { page: Page; tenant: Tenant; faults: string[] }

/** A browser, and the API with the console, for the tests of one file. */
export function useConsole(settings: Record<string, string> = {}) {
  let browser: Browser
  let api: Api
  vi.setConfig({ testTimeout: 3 * WAIT_MS })

  beforeAll(async () => {
    if (chromium === null) return
    await copyVendorFiles()
    const launched = chromiumType.launch({ executablePath: chromium, args: ARGS })
    ;[browser, api] = await Promise.all([launched, startApi(settings)])
  })
  afterAll(async () => {
    await browser?.close()
    await api?.stop()
  })

  return {
    url: () => api.url,
    /** A tab of its own that collects what goes wrong in it. */
    async open(options: Parameters<Browser['newContext']>[0] = {}) {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      page.setDefaultTimeout(WAIT_MS)
      return { page, faults: watchFaults(page) }
    },
    /** A person of their own, signed in through the page of the stand-in. */
    async visit({ plan = 'professional', ...rest }: Visitor = {}, options = {}): Promise<Visit> {
      const tenant = await freshTenant({ ...rest, ...(plan !== 'starter' && { plan }) })
      const { page, faults } = await this.open(options)
      await page.goto(`${api.url}/console`)
      await signIn(page, tenant.clerkId)
      return { page, tenant, faults }
    },
  }
}

export async function signIn(page: Page, clerkId: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('any user id').fill(clerkId)
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}

/** Asserts what becomes so in a while. */
export function eventually<T>(ask: () => Promise<T>) {
  return expect.poll(ask, { timeout: WAIT_MS })
}

/** Errors on the page's console, of its scripts and against its policy. */
function watchFaults(page: Page): string[] {
  const faults: string[] = []
  page.on('pageerror', error => faults.push(String(error)))
  page.on('console', message => {
    // The stand-ins' pages have no icon.
    if (message.location().url.endsWith('/favicon.ico')) return
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
  })
  page.on('dialog', dialog => {
    faults.push(`a dialog: ${dialog.message()}`)
    dialog.dismiss().catch(() => {})
  })
  return faults
}

export type Upload = { name: string; text: string; type?: string }

/** Chooses files on the Files page. */
export async function chooseFiles(page: Page, ...uploads: Upload[]): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(
    uploads.map(({ name, text, type = 'text/plain' }) => ({
      name,
      mimeType: type,
      buffer: Buffer.from(text),
    })),
  )
}

/** The list item of a file. */
export function fileItem(page: Page, name: string) {
  return page.locator('li.file').filter({ has: page.getByRole('heading', { name, exact: true }) })
}

/** Uploads a text and waits until it can be searched. */
export async function uploadText(page: Page, name: string, text: string): Promise<void> {
  await page.getByRole('link', { name: 'Files', exact: true }).click()
  await chooseFiles(page, { name, text })
  await fileItem(page, name).getByText('Searchable').waitFor()
}

export async function ask(page: Page, question: string): Promise<void> {
  await page.getByLabel('Your message').fill(question)
  await page.getByLabel('Your message').press('Enter')
}

/** Waits until no answer is being written. */
export async function answered(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Send', exact: true }).waitFor()
}
