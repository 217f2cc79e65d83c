import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { PROBLEM_CODES } from '../../lib/http/problems.ts'
import { root } from '../helpers/run-script.ts'

type Explained = { text: string; link?: { href: string; label: string } }
type Explain = (problem: { code: string; detail?: string; facts?: object }) => Explained

/** The module as the browser gets it. */
const file = pathToFileURL(join(root, 'public', 'console', 'problems.js')).href
const { explain } = (await import(file)) as { explain: Explain }

describe('what the console says of a failure', () => {
  it.each(PROBLEM_CODES)('of %s is a whole sentence, even when the server says nothing more', code => {
    expect(explain({ code }).text).toMatch(/^[A-Z].{10,}\.$/)
  })

  it('is the server’s own words where they are for people', () => {
    expect(explain({ code: 'conflict', detail: 'It is being read.' }).text).toBe('It is being read.')
  })

  it('names what was wrong with the input', () => {
    const facts = { errors: [{ path: 'title', message: 'Too long' }] }
    expect(explain({ code: 'invalid_input', detail: 'Wrong.', facts }).text).toBe('Wrong. Too long.')
  })

  it('tells when the quota is back and where to buy more', () => {
    const facts = { limit: 1_000, resetsAt: '2026-12-01T12:00:00Z', upgradeUrl: 'https://example.com/plans' }
    const { text, link } = explain({ code: 'quota_exceeded', facts })
    expect(text).toContain('all 1,000 chat messages')
    expect(text).toContain('December 1')
    expect(link?.href).toBe('https://example.com/plans')
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'no address', undefined])(
    'links to no %s',
    upgradeUrl => {
      expect(explain({ code: 'limit_reached', facts: { upgradeUrl } }).link?.href).toBe('/docs/plans')
    },
  )

  it('tells how long to wait', () => {
    expect(explain({ code: 'rate_limited', facts: { retryAfter: '12' } }).text).toContain('in 12 seconds')
    expect(explain({ code: 'rate_limited', facts: { retryAfter: null } }).text).toContain('in a second')
  })
})
