import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROBLEM_CODES, PROBLEMS } from '../../lib/http/problems.ts'
import { LIMIT_NAMES, PLAN_NAMES } from '../../lib/limits/plans.ts'
import { copyVendorFiles } from '../../scripts/build.ts'
import { writeConsolePage } from '../../scripts/console/page.ts'
import { humanLimit, plansPage, problemsPage } from '../../scripts/openapi/pages.ts'

const publicDir = join(import.meta.dirname, '../../public')

describe('/docs/problems', () => {
  const page = problemsPage()

  it.each(PROBLEM_CODES)('explains %s at its anchor', code => {
    const section = page.split(`id="${code}"`)[1]?.split('</section>')[0] ?? ''
    expect(section).toContain(PROBLEMS[code].title)
    expect(section).toContain(String(PROBLEMS[code].status))
  })

  it('escapes what the descriptions say and sets code apart', () => {
    expect(page).toContain('<code>Authorization: Bearer …</code>')
    expect(page).not.toContain('`')
  })
})

describe('/docs/plans', () => {
  it('has a row for each limit and a column for each plan', () => {
    const page = plansPage()
    expect(page.match(/<th scope="row">/g)).toHaveLength(LIMIT_NAMES.length)
    expect(page.match(/<th scope="col">/g)).toHaveLength(PLAN_NAMES.length + 1)
  })

  it.each([
    [null, 'count', 'Unlimited'],
    [50_000, 'count', '50,000'],
    [10 * 1024 ** 2, 'bytes', '10&nbsp;MiB'],
    [1024 ** 3, 'bytes', '1&nbsp;GiB'],
  ] as const)('says %s %s as %s', (limit, unit, text) => {
    expect(humanLimit(limit, unit)).toBe(text)
  })
})

describe('public pages', async () => {
  await Promise.all([copyVendorFiles(), writeConsolePage(undefined)])
  const names = (await readdir(publicDir, { recursive: true })).filter(
    name => name.endsWith('.html') && !name.startsWith('vendor'),
  )

  it.each(names)('%s loads nothing from elsewhere and runs no inline script', async name => {
    const html = await readFile(join(publicDir, name), 'utf8')
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/)
  })

  it.each(names)('%s links only to files there are', async name => {
    const html = await readFile(join(publicDir, name), 'utf8')
    const links = [...html.matchAll(/(?:src|href)="\/([^"#]*)/g)].map(match => match[1] ?? '')
    const present = await readdir(publicDir, { recursive: true })
    const dead = links.filter(link => {
      const files = [link, `${link}.html`, join(link, 'index.html')]
      return !link.startsWith('api/') && !files.some(file => file.includes('.') && present.includes(file))
    })
    expect(dead).toEqual([])
  })
})
