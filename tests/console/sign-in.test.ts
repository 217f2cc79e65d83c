import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClerkStandIn, startClerk } from '../../scripts/local/clerk/index.ts'
import { services } from '../setup/services.ts'
import { chromium, named, signIn, TOKEN, useConsole } from './browser.ts'

const app = 'http://127.0.0.1:3000'

describe('the stand-in’s sign-in page', () => {
  let clerk: ClerkStandIn
  beforeAll(async () => {
    clerk = await startClerk({ azp: app })
  })
  afterAll(() => clerk.close())

  const show = (redirectUrl: string) =>
    fetch(`${clerk.apiUrl}/sign-in?${new URLSearchParams({ redirect_url: redirectUrl, state: 's"1' })}`)
  const send = (fields: Record<string, string>) =>
    fetch(`${clerk.apiUrl}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({
        redirectUrl: `${app}/console`,
        state: 's1',
        userId: 'user_ada',
        ...fields,
      }),
    })
  const renew = (token: string, origin = app) =>
    fetch(`${clerk.apiUrl}/sign-in/renew`, { method: 'POST', headers: { origin }, body: token })

  it('offers the users it knows, their names as text', async () => {
    clerk.addUser({ id: 'user_ada', email: 'ada@example.org', firstName: '<b>Ada' })
    const html = await (await show(`${app}/console`)).text()
    expect(html).toContain('value="user_ada"')
    expect(html).toContain('&#60;b&#62;Ada')
    expect(html).toContain('value="s&#34;1"')
    expect(html).not.toContain('<b>')
  })

  it('sends back with a token of a minute in the fragment, where no server sees it', async () => {
    const answer = await send({})
    expect(answer.status).toBe(303)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const to = new URL(answer.headers.get('location') ?? '')
    expect(`${to.origin}${to.pathname}${to.search}`).toBe(`${app}/console`)
    const given = new URLSearchParams(to.hash.slice(1))
    expect(given.get('state')).toBe('s1')
    const { sub, azp, iss, exp = 0, iat = 0 } = decodeJwt(given.get('__clerk_token') ?? '')
    expect({ sub, azp, iss, life: exp - iat }).toEqual({
      sub: 'user_ada',
      azp: app,
      iss: clerk.issuer,
      life: 60,
    })
  })

  it.each([
    'https://example.com/console',
    'http://127.0.0.1.example.com/',
    'http://127.0.0.1@example.com/',
    'http://user:pass@127.0.0.1/',
    '//example.com',
    'javascript:alert(1)',
    '',
  ])('sends nobody to %j', async redirectUrl => {
    expect((await show(redirectUrl)).status).toBe(400)
    const answer = await send({ redirectUrl })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('location')).toBeNull()
  })

  it('refuses what is no user id', async () => {
    expect((await send({ userId: 'user one<' })).status).toBe(400)
  })

  it('renews a token that has just run out, of the same session', async () => {
    const now = Math.floor(Date.now() / 1000)
    const old = await clerk.sessionToken('user_ada', { exp: now - 60, sid: 'sess_1' })
    const answer = await renew(old)
    expect(answer.headers.get('access-control-allow-origin')).toBe(app)
    const { token } = (await answer.json()) as { token: string }
    const { sub, sid, exp = 0 } = decodeJwt(token)
    expect({ sub, sid }).toEqual({ sub: 'user_ada', sid: 'sess_1' })
    expect(exp).toBeGreaterThan(now)
  })

  it('renews neither a token from another day nor one of somebody else', async () => {
    const yesterday = Math.floor(Date.now() / 1000) - 90_000
    expect((await renew(await clerk.sessionToken('user_ada', { exp: yesterday }))).status).toBe(401)
    expect((await renew(await services.clerk.sessionToken('user_ada'))).status).toBe(401)
    expect((await renew('')).status).toBe(401)
  })

  it('tells pages of other machines nothing', async () => {
    const answer = await renew(await clerk.sessionToken('user_ada'), 'https://example.com')
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe.skipIf(!chromium)(named('signing in to the console'), () => {
  const site = useConsole()

  it('leads through the sign-in page and back to the same place; the token stays out of sight', async () => {
    const { page, faults } = await site.open()
    const asked: string[] = []
    page.on('request', request => asked.push(request.url()))
    await page.goto(`${site.url()}/console#/files`)
    await signIn(page, `user_${randomUUID()}`)
    await page.getByRole('heading', { name: 'Files', exact: true }).waitFor()
    expect(page.url()).toBe(`${site.url()}/console#/files`)
    expect(asked.filter(url => url.includes('__clerk_token'))).toEqual([])
    expect(await page.evaluate('localStorage.length')).toBe(0)
    expect(faults).toEqual([])
  })

  it('outlives a reload and a token that has run out', async () => {
    const { page, tenant, faults } = await site.visit()
    const { sub = '', sid } = decodeJwt(await tokenOf(page))
    expect(sub).toBe(tenant.clerkId)
    const past = Math.floor(Date.now() / 1000) - 5
    await keepToken(page, await services.clerk.sessionToken(sub, { sid, exp: past }))
    await page.reload()
    await page.getByText(tenant.email).waitFor()
    expect(decodeJwt(await tokenOf(page))).toMatchObject({ sub, sid })
    expect(faults).toEqual([])
  })

  it('says when the session has ended, and lets the person sign in again', async () => {
    const { page, tenant } = await site.visit()
    const other = await startClerk({ azp: app })
    await keepToken(page, await other.sessionToken(tenant.clerkId))
    await other.close()
    await page.reload()
    await page.getByText('Your session has ended.').waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
    await page.getByRole('button', { name: 'Sign in again' }).waitFor()
  })

  it('signs out', async () => {
    const { page, faults } = await site.visit()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
    await page.reload()
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    expect(faults).toEqual([])
  })

  it('drops a token that it did not ask for', async () => {
    const token = await services.clerk.sessionToken('user_mallory')
    const { page } = await site.open()
    await page.goto(`${site.url()}/console#__clerk_token=${token}&state=`)
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    expect(page.url()).toBe(`${site.url()}/console`)
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })
})

describe.skipIf(!chromium)(named('a console whose sign-in'), () => {
  const unset = useConsole('')
  const away = useConsole(`pk_test_${Buffer.from('127.0.0.1:9$').toString('base64')}`)

  it('is not set up says so', async () => {
    const { page, faults } = await unset.open()
    await page.goto(`${unset.url()}/console`)
    await page.getByText('Sign-in is not set up here.').waitFor()
    expect(faults).toEqual([])
  })

  it('is made for this run, however the page is asked for', async () => {
    const asked = ['/console', '/console/', '/console/index.html'].map(async path => {
      const answer = await fetch(`${away.url()}${path}`)
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
      return (await answer.text()).includes('http://127.0.0.1:9/npm/')
    })
    expect(await Promise.all(asked)).toEqual([true, true, true])
  })

  it('cannot be reached says so', async () => {
    const { page } = await away.open()
    await page.goto(`${away.url()}/console`)
    await page.getByText('The sign-in service cannot be reached.').waitFor()
  })
})

type Tab = Awaited<ReturnType<ReturnType<typeof useConsole>['open']>>['page']

function tokenOf(page: Tab): Promise<string> {
  return page.evaluate(`sessionStorage.getItem('${TOKEN}')`)
}

function keepToken(page: Tab, token: string): Promise<void> {
  return page.evaluate(`sessionStorage.setItem('${TOKEN}', '${token}')`)
}
