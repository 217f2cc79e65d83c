import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../../lib/http/problems.ts'
import { LIMIT_NAMES, type LimitName, PLAN_NAMES, PLANS } from '../../lib/limits/plans.ts'

type Page = { path: string; title: string; summary: string; main: string }

/** /docs/problems: every problem code, its anchor being the code. */
export function problemsPage(): string {
  const main = `<nav aria-label="Problem codes">
        <ul class="index">
${PROBLEM_CODES.map(code => `          <li><a href="#${code}"><code>${code}</code></a></li>`).join('\n')}
        </ul>
      </nav>
${PROBLEM_CODES.map(problemSection).join('\n')}`
  return page({
    path: '/docs/problems',
    title: 'Problems',
    summary:
      'Every failure is an <code>application/problem+json</code> document. Decide by its <code>code</code>; show people its <code>detail</code>; quote its <code>requestId</code> when you ask for help.',
    main,
  })
}

/** /docs/plans: what each plan allows. */
export function plansPage(): string {
  const heads = PLAN_NAMES.map(name => `              <th scope="col">${capital(name)}</th>`)
  const main = `<section class="scroll" aria-label="Limits of each plan">
        <table>
          <thead>
            <tr>
              <th scope="col">Limit</th>
${heads.join('\n')}
            </tr>
          </thead>
          <tbody>
${LIMIT_NAMES.map(limitRow).join('\n')}
          </tbody>
        </table>
      </section>
      <p>A month is a calendar month in UTC. Of files, bytes and API keys, what you delete or revoke counts no longer.</p>
      <p>At a limit, requests answer <a href="/docs/problems#rate_limited"><code>rate_limited</code></a>, chat messages <a href="/docs/problems#quota_exceeded"><code>quota_exceeded</code></a>, and the others <a href="/docs/problems#limit_reached"><code>limit_reached</code></a>. <code>GET /api/app/me</code> tells your own limits and what you have used.</p>`
  return page({
    path: '/docs/plans',
    title: 'Plans',
    summary: 'What each plan allows. Every account begins on Starter.',
    main,
  })
}

function problemSection(code: ProblemCode): string {
  const { status, title, description } = PROBLEMS[code]
  return `      <section class="problem" id="${code}" aria-labelledby="${code}-title">
        <h2 id="${code}-title">${escapeHtml(title)}</h2>
        <p>${status} <a href="#${code}"><code>${code}</code></a></p>
        <p>${withCode(description)}</p>
      </section>`
}

const LIMIT_WORDS: Record<LimitName, { label: string; unit: 'count' | 'bytes' }> = {
  requestsPerMinute: { label: 'Requests a minute', unit: 'count' },
  chatMessages: { label: 'Chat messages a month', unit: 'count' },
  files: { label: 'Files', unit: 'count' },
  bytes: { label: 'Storage in all', unit: 'bytes' },
  bytesPerFile: { label: 'Size of one file', unit: 'bytes' },
  apiKeys: { label: 'API keys', unit: 'count' },
}

function limitRow(limit: LimitName): string {
  const { label, unit } = LIMIT_WORDS[limit]
  const cells = PLAN_NAMES.map(name => `              <td>${humanLimit(PLANS[name][limit], unit)}</td>`)
  return `            <tr>
              <th scope="row">${label}</th>
${cells.join('\n')}
            </tr>`
}

/** A limit as people read it: `1,000`, `10&nbsp;GiB`, `Unlimited`. */
export function humanLimit(limit: number | null, unit: 'count' | 'bytes'): string {
  if (limit === null) return 'Unlimited'
  if (unit === 'count') return limit.toLocaleString('en')
  const [size, name] = limit >= 1024 ** 3 ? [1024 ** 3, 'GiB'] : [1024 ** 2, 'MiB']
  return `${(limit / size).toLocaleString('en')}&nbsp;${name}`
}

function page({ path, title, summary, main }: Page): string {
  const links = [
    ['/docs', 'Reference'],
    ['/docs/problems', 'Problems'],
    ['/docs/plans', 'Plans'],
    ['/console', 'Console'],
  ].map(([href, text]) => {
    const current = href === path ? ' aria-current="page"' : ''
    return `        <a href="${href}"${current}>${text}</a>`
  })
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · WorkFlowAI</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/docs/style.css">
  </head>
  <body>
    <header class="bar">
      <a class="brand" href="/">WorkFlowAI</a>
      <nav aria-label="Documentation">
${links.join('\n')}
      </nav>
    </header>
    <main>
      <h1>${title}</h1>
      <p class="lead">${summary}</p>
      ${main}
    </main>
  </body>
</html>
`
}

function withCode(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
