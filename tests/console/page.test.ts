import { describe, expect, it } from 'vitest'
import { PLANS } from '../../lib/limits/plans.ts'
import { consolePage } from '../../scripts/console/page.ts'
import { frontendOrigin } from '../../scripts/console/publishable-key.ts'

function keyOf(host: string, kind = 'live'): string {
  return `pk_${kind}_${Buffer.from(`${host}$`).toString('base64')}`
}

function policyOf(html: string): Record<string, string> {
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? []
  return Object.fromEntries(policy.split('; ').map(rule => rule.split(/ (.*)/).slice(0, 2)))
}

describe('a publishable key', () => {
  it.each([
    ['clerk.example.com', 'https://clerk.example.com'],
    ['happy-otter-12.clerk.accounts.dev', 'https://happy-otter-12.clerk.accounts.dev'],
    ['127.0.0.1:4321', 'http://127.0.0.1:4321'],
  ])('of %s leads to %s', (host, origin) => {
    expect(frontendOrigin(keyOf(host))).toBe(origin)
    expect(frontendOrigin(keyOf(host).replace(/=+$/, ''))).toBe(origin)
  })

  it.each([
    ['a secret key', 'sk_live_abc'],
    ['no base64', 'pk_live_"><script>'],
    ['no end', `pk_live_${Buffer.from('clerk.example.com').toString('base64')}`],
    ['more than a host', keyOf('clerk.example.com; script-src *')],
    ['a path', keyOf('clerk.example.com/x')],
  ])('is refused: %s', (_what, key) => {
    expect(() => consolePage(key)).toThrow('CLERK_PUBLISHABLE_KEY is not a publishable key')
  })
})

describe('the page of the console', () => {
  it('allows scripts and requests to itself and the sign-in, and nothing inline', () => {
    const policy = policyOf(consolePage(keyOf('clerk.example.com')))
    expect(policy).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self' https://clerk.example.com",
      'connect-src': "'self' https://clerk.example.com",
      'style-src': "'self'",
      'img-src': "'self' data: https://img.clerk.com",
      'base-uri': "'none'",
      'form-action': "'none'",
    })
    expect(JSON.stringify(policy)).not.toMatch(/unsafe|\*/)
  })

  it('names where the SDK comes from, and its key', () => {
    const key = keyOf('clerk.example.com')
    const html = consolePage(key)
    expect(html).toContain(`<meta name="clerk-publishable-key" content="${key}">`)
    expect(html).toContain('content="https://clerk.example.com/npm/@clerk/clerk-js@6/dist/clerk.browser.js"')
  })

  it('brings the plans along, as they are enforced', () => {
    const [, content = ''] = /<meta name="plans" content="([^"]*)">/.exec(consolePage(undefined)) ?? []
    expect(JSON.parse(content.replaceAll('&quot;', '"'))).toEqual(PLANS)
  })

  it('without a key trusts nobody else and names no sign-in', () => {
    const html = consolePage(undefined)
    expect(policyOf(html)['script-src']).toBe("'self'")
    expect(html).not.toContain('clerk')
  })
})
