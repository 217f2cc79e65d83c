import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { User } from '../../models/user.ts'
import { expectStatus } from '../helpers/call.ts'
import type { Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import {
  ALONE,
  answered,
  ask,
  chromium,
  eventually,
  fileItem,
  named,
  uploadText,
  useConsole,
} from './browser.ts'

const TEXT = `The Aurora project began in March 2019 in Lyon. Its team of twelve builds sensors for glaciers.
Each of the batteries in a sensor of the Aurora project lasts for four winters if nobody opens it.`

const answers = (page: Page) => page.locator('[data-role=assistant]')
const unfinished = (page: Page) => page.getByText('Unfinished: the answer was stopped or broke off here.')

async function withoutFiles(page: Page): Promise<void> {
  await page.getByLabel('Use my files').uncheck()
}

/** A conversation as another client of the API would have it. */
async function talk(tenant: Tenant, questions: string[]): Promise<string> {
  let conversationId: string | undefined
  for (const message of questions) {
    const json = { message, ...(conversationId && { conversationId }) }
    const answer = await tenant.call('POST', '/api/ai?action=chat', { json })
    expectStatus(answer, 200)
    conversationId = answer.body.conversationId
  }
  return conversationId ?? ''
}

/** Keeps questions from leaving the page; gives what lets them go. */
async function holdQuestions(page: Page): Promise<() => void> {
  const { promise: mayLeave, resolve } = Promise.withResolvers<void>()
  await page.route('**/api/ai?action=chat*', async route => {
    await mayLeave
    await route.continue()
  })
  return resolve
}

describe.skipIf(!chromium)(named('the Chat page'), () => {
  const site = useConsole()

  it('shows an answer as it is written, with the passages it cites', async () => {
    const { page, faults } = await site.visit()
    await uploadText(page, 'aurora.txt', TEXT)
    await page.getByRole('link', { name: 'Chat', exact: true }).click()
    await page.evaluate(WATCH_ANSWER)
    await ask(page, 'How long does each of the batteries last?')
    await answered(page)
    const lengths = (await page.evaluate('window.lengths')) as number[]
    expect(lengths.length).toBeGreaterThan(8)
    expect(await answers(page).locator('.said').textContent()).toMatch(/According to \[1\]: .*four winters/)
    expect(page.url()).toMatch(/#\/chat\/[0-9a-f]{24}$/)

    const mark = page.getByRole('button', { name: 'Passage 1: aurora.txt' })
    await mark.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Passage [1]' })
    await dialog.getByText('lasts for four winters').waitFor()
    await page.keyboard.press('Escape')
    await eventually(() => page.getByRole('dialog').count()).toBe(0)
    await eventually(() => page.evaluate(FOCUSED)).toBe('Passage 1: aurora.txt')

    await answers(page).locator('.citation').click()
    await dialog.getByRole('link', { name: 'Show in Files' }).click()
    await eventually(() => fileItem(page, 'aurora.txt').getAttribute('aria-current')).toBe('true')
    expect(faults).toEqual([])
  })

  it('stops an answer, keeps what was said and shows it again after a reload', async () => {
    const { page, faults } = await site.visit()
    await withoutFiles(page)
    await ask(page, 'Tell me a story in 1000 words')
    await answers(page).getByText('Happy to help!').waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await answered(page)
    await unfinished(page).waitFor()
    const said = (await answers(page).locator('.said').textContent()) ?? ''
    expect(said.split(' ').length).toBeGreaterThan(3)
    expect(said.split(' ').length).toBeLessThan(700)

    await page.reload()
    await unfinished(page).waitFor()
    expect(await answers(page).locator('.said').textContent()).toBe(said)
    expect(await page.locator('[data-role=user]').textContent()).toBe('Tell me a story in 1000 words')
    await ask(page, 'And then?')
    await eventually(() => answers(page).last().textContent()).toContain('You said: "And then?"')
    expect(faults).toEqual([])
  })

  it('asks what somebody asked who goes elsewhere before it arrives', async () => {
    const { page, tenant, faults } = await site.visit()
    await withoutFiles(page)
    const askNow = await holdQuestions(page)
    await ask(page, 'Tell me a story in 30 words')
    await page.getByRole('link', { name: 'Files', exact: true }).click()
    await page.getByRole('heading', { name: 'Files', exact: true }).waitFor()
    askNow()
    const kept = async () => (await tenant.call('GET', '/api/app/conversations')).body.data
    await eventually(async () => (await kept()).length).toBe(1)
    expect(faults).toEqual([])
  })

  it('leaves an answer to itself when somebody goes elsewhere, and finds it whole later', async () => {
    const { page, tenant, faults } = await site.visit()
    await withoutFiles(page)
    await ask(page, 'Tell me a story in 30 words')
    await page.getByRole('link', { name: 'Files', exact: true }).click()
    await eventually(async () => (await tenant.call('GET', '/api/app/conversations')).body.data.length).toBe(
      1,
    )
    expect(page.url()).toMatch(/#\/files$/)
    await page.getByRole('link', { name: 'Chat', exact: true }).click()
    await page.getByRole('link', { name: 'Tell me a story' }).click()
    await eventually(() => answers(page).textContent()).toMatch(/^(\S+\s+){29}\S+$/)

    await ask(page, 'And another in 30 words')
    await answers(page).last().getByText('Happy to help!').waitFor()
    await page.getByRole('button', { name: 'New chat' }).click()
    await page.getByText('Ask your files').waitFor()
    expect(await answers(page).count()).toBe(0)
    await eventually(
      async () => (await tenant.call('GET', '/api/app/conversations')).body.data[0].messageCount,
    ).toBe(4)
    expect(await answers(page).count()).toBe(0)
    expect(faults).toEqual([])
  })

  it('calls nobody back whose answer begins while they are leaving', async () => {
    const { page, faults } = await site.visit()
    await page.addInitScript(HOLD_ADDRESS)
    await page.reload()
    await withoutFiles(page)
    const askNow = await holdQuestions(page)
    await ask(page, 'Tell me a story in 30 words')
    await page.evaluate('window.isHeld = true')
    await page.getByRole('link', { name: 'Files', exact: true }).click()
    askNow()
    await answers(page).getByText('Happy to help!').waitFor()
    expect(page.url()).toMatch(/#\/files$/)
    await page.evaluate(LET_GO)
    await page.getByRole('heading', { name: 'Files', exact: true }).waitFor()
    expect(page.url()).toMatch(/#\/files$/)
    expect(faults).toEqual([])
  })

  it('lists past conversations and shows their older messages on demand', async () => {
    const { page, tenant, faults } = await site.visit()
    await talk(tenant, ['An earlier question'])
    const questions = Array.from({ length: 17 }, (_, position) => `Question ${position}.`)
    await talk(tenant, questions)
    await page.reload()
    const list = page.getByRole('navigation', { name: 'Conversations' }).getByRole('listitem')
    await list.first().waitFor()
    expect((await list.allInnerTexts()).map(text => text.split('\n')[0])).toEqual([
      'Question 0.',
      'An earlier question',
    ])
    await list.first().getByRole('link').click()
    await answers(page).getByText('"Question 16."').waitFor()
    expect(await answers(page).count()).toBe(15)
    await page.getByRole('button', { name: 'Show older messages' }).click()
    await answers(page).getByText('"Question 0."').waitFor()
    expect(await page.locator('[data-role=user]').allInnerTexts()).toEqual(questions)
    expect(faults).toEqual([])
  })

  it('renames, archives, restores and deletes a conversation', async () => {
    const { page, tenant, faults } = await site.visit()
    const id = await talk(tenant, ['First words'])
    await page.goto(`${site.url()}/console#/chat/${id}`)
    const list = page.getByRole('navigation', { name: 'Conversations' })
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.getByLabel('Title').fill('Of glaciers')
    await page.getByLabel('Title').press('Enter')
    await list.getByText('Of glaciers').waitFor()
    await page.getByRole('heading', { name: 'Of glaciers' }).waitFor()

    await page.getByRole('button', { name: 'Archive' }).click()
    await list.getByText('Your conversations will be listed here.').waitFor()
    await page.getByLabel('Which conversations').selectOption('Archived')
    await list.getByText('Of glaciers').waitFor()
    await page.getByRole('button', { name: 'Restore' }).click()
    await list.getByText('Nothing is archived.').waitFor()

    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Ask your files').waitFor()
    await page.getByLabel('Which conversations').selectOption('Active')
    await list.getByText('Your conversations will be listed here.').waitFor()
    expect((await tenant.call('GET', `/api/app/conversations/${id}`)).status).toBe(404)
    expect(faults).toEqual([])
  })

  it('says what failed and what to do: the model, the quota, the connection', async () => {
    const { page, tenant } = await site.visit({}, ALONE)
    await withoutFiles(page)
    services.openai.breakNext(4)
    await ask(page, 'Will it break?')
    const notice = page.getByRole('alert')
    await notice.getByText('The model did not answer.').waitFor()
    await unfinished(page).waitFor()
    await notice.getByRole('button', { name: 'Ask again' }).click()
    await answers(page).last().getByText('"Will it break?"').waitFor()
    expect(await notice.count()).toBe(0)

    await answered(page)
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { chatMessages: 0 } } })
    await ask(page, 'One more')
    await notice.getByText('You have used all 0 chat messages').waitFor()
    expect(await notice.getByRole('link', { name: 'See the plans' }).getAttribute('href')).toMatch(
      /\/docs\/plans$/,
    )

    await page.context().setOffline(true)
    await ask(page, 'Anybody there?')
    await notice.getByText('The server cannot be reached.').waitFor()
    await page.context().setOffline(false)
    await User.updateOne({ clerkId: tenant.clerkId }, { $unset: { limits: 1 } })
    await notice.getByRole('button', { name: 'Ask again' }).click()
    await answers(page).last().getByText('"Anybody there?"').waitFor()
    expect(await page.getByText('Anybody there?', { exact: true }).count()).toBe(1)
  })

  it('shows markup of files, titles and models as the text it is', async () => {
    const { page, tenant, faults } = await site.visit()
    const bomb = '<img src=x onerror=alert(1)>'
    await uploadText(
      page,
      `${bomb}.txt`,
      `${bomb} The batteries last for four winters. <script>alert(2)</script>`,
    )
    await page.getByRole('searchbox').fill('batteries')
    await page.getByRole('searchbox').press('Enter')
    await page.locator('.hits').getByText('<script>alert(2)</script>').waitFor()
    await page.getByRole('link', { name: 'Chat', exact: true }).click()
    await ask(page, `${bomb} How long do the batteries last?`)
    await answered(page)
    await answers(page).locator('.citation').first().click()
    await page.getByRole('dialog').getByText(bomb).first().waitFor()
    await page.keyboard.press('Escape')
    await withoutFiles(page)
    await ask(page, `${bomb} **<b>bold</b>** \`<i>\` [x](javascript:alert(3))`)
    await answers(page).last().getByText(`You said: "${bomb}`).waitFor()
    await answered(page)
    expect(
      await page.locator('img, .said script, .said b, .said i, .said a, a[href^=javascript]').count(),
    ).toBe(0)
    expect((await tenant.call('GET', '/api/files')).body.data[0].name).toContain('<img')
    expect(faults).toEqual([])
  })

  it('fits a phone, where the list of conversations takes the page', async () => {
    const { page, tenant } = await site.visit({}, { viewport: { width: 390, height: 844 } })
    const id = await talk(tenant, [`a${'very'.repeat(60)}long word`])
    await page.goto(`${site.url()}/console#/chat/${id}`)
    await answers(page).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    const list = page.getByRole('navigation', { name: 'Conversations' })
    expect(await list.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Conversations' }).click()
    await list.getByRole('button', { name: 'New chat' }).click()
    await page.getByText('Ask your files').waitFor()
    expect(await list.isVisible()).toBe(false)
  })
})

/** Keeps every length that the answer has while it grows. */
const WATCH_ANSWER = `
  window.lengths = []
  new MutationObserver(() => {
    const said = document.querySelector('[data-role=assistant] .said')
    if (said && said.textContent.length !== window.lengths.at(-1)) window.lengths.push(said.textContent.length)
  }).observe(document.body, { subtree: true, childList: true, characterData: true })`

/** The address changes at once, the page only when it is told: on a slow machine much comes in between. */
const HOLD_ADDRESS =
  "addEventListener('hashchange', event => window.isHeld && event.stopImmediatePropagation())"
const LET_GO = "window.isHeld = false; dispatchEvent(new HashChangeEvent('hashchange'))"

const FOCUSED = 'document.activeElement.ariaLabel'
