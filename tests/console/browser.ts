import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import {
  type Browser,
  type BrowserContext,
  chromium as chromiumType,
  type Page,
  type Request,
} from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, vi } from 'vitest'
import { copyVendorFiles } from '../../scripts/build.ts'
import { consolePage } from '../../scripts/console/page.ts'
import { type RunningServer, serveRouter } from '../../scripts/server/serve.ts'
import { sourceRouter } from '../../scripts/server/source-router.ts'
import { root } from '../helpers/run-script.ts'
import { freshTenant, type Tenant, type TenantOptions } from '../helpers/tenant.ts'

/** Generous: the machine may be busy with other tests. */
const WAIT_MS = 40_000

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** Where the stand-in of Clerk's browser SDK keeps a tab's token. */
export const TOKEN = 'clerk-stand-in.token'

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

/** In a browser context of its own: for what changes more than a tab, as the clock, permissions and the network. */
export const ALONE = {}

type ContextOptions = Parameters<Browser['newContext']>[0]

/** The API with the console for the tests of one file, and a browser context that they share. */
export function useConsole(publishableKey = process.env.CLERK_PUBLISHABLE_KEY) {
  let browser: Browser
  let shared: BrowserContext
  let api: RunningServer
  vi.setConfig({ testTimeout: 3 * WAIT_MS })

  beforeAll(async () => {
    if (chromium === null) return
    await copyVendorFiles()
    const pages = { '/console': consolePage(publishableKey || undefined) }
    api = await serveRouter(await sourceRouter(root), 0, pages)
    browser = await theBrowser(chromium)
    shared = await browser.newContext()
  })
  afterAll(async () => {
    await shared?.close()
    await api?.close()
  })

  return {
    url: () => api.url,
    /** A tab that collects what goes wrong in it; with options, in a context of its own. */
    async open(options?: ContextOptions) {
      const context = options ? await browser.newContext(options) : shared
      const page = await context.newPage()
      const tellState = watchState(page)
      onTestFinished(async ({ task }) => {
        if (task.result?.state === 'fail') console.log(await tellState())
        await (options ? context : page).close()
      })
      page.setDefaultTimeout(WAIT_MS)
      return { page, faults: watchFaults(page) }
    },
    /** The tab of a person of their own, signed in. */
    async visit({ plan = 'professional', ...rest }: Visitor = {}, options?: ContextOptions): Promise<Visit> {
      const tenant = await freshTenant({ ...rest, ...(plan !== 'starter' && { plan }) })
      const { page, faults } = await this.open(options)
      const token = tenant.session.Authorization?.replace('Bearer ', '')
      const given = await page.addInitScript(`sessionStorage.setItem('${TOKEN}', '${token}')`)
      await page.goto(`${api.url}/console`)
      await given.dispose()
      await page.getByRole('button', { name: 'Sign out' }).waitFor()
      return { page, tenant, faults }
    },
  }
}

/** Tells what the page shows and which requests wait for an answer or have failed. */
function watchState(page: Page): () => Promise<unknown> {
  const waiting = new Set<Request>()
  const failed: string[] = []
  const nameOf = (request: Request) => `${request.method()} ${request.url()}`
  page.on('request', request => waiting.add(request))
  page.on('requestfinished', request => waiting.delete(request))
  page.on('requestfailed', request => {
    waiting.delete(request)
    failed.push(`${nameOf(request)}: ${request.failure()?.errorText}`)
  })
  return async () => {
    const shown = await page.evaluate('document.body.innerText').catch(String)
    return { url: page.url(), shown, waiting: [...waiting].map(nameOf), failed }
  }
}

/** All files that a process runs share one browser, which ends with it. */
const kept = globalThis as { consoleBrowser?: Browser | undefined }

async function theBrowser(executablePath: string): Promise<Browser> {
  if (!kept.consoleBrowser?.isConnected())
    kept.consoleBrowser = await chromiumType.launch({ executablePath, args: ARGS })
  return kept.consoleBrowser
}

/** Signs in through the page of the stand-in. */
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

export type Upload = { name: string; text: string | Uint8Array; type?: string }

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
